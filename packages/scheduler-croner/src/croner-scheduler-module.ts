import { TimerScheduler } from '@gamekeeper/core/engine';
import { provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

/**
 * Binds schedules that Croner reads, and core's timer, which wakes the engine in process at their ticks. Needs a clock from
 * another module.
 */
export function cronerScheduler(): HostModule {
  return {
    name: '@gamekeeper/scheduler-croner',
    bindings: [
      provide(engineTokens.scheduleParser, [], () => new CronerScheduleParser()),
      provide(engineTokens.scheduler, [engineTokens.clock], (clock) => new TimerScheduler(clock)),
    ],
  };
}
