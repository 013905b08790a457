import { TimerScheduler } from '@gamekeeper/core/engine';
import { provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

/**
 * Returns a module that binds a parser for schedules, based on Croner, and core's timer, which wakes the engine at each
 * tick. It needs a clock from another module.
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
