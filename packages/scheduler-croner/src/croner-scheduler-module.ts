import { provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { CronerScheduler } from './croner-scheduler.ts';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

/** Binds schedules, and the scheduler that wakes the engine in process. Needs a clock from another module. */
export function cronerScheduler(): HostModule {
  return {
    name: '@gamekeeper/scheduler-croner',
    bindings: [
      provide(engineTokens.scheduleParser, [], () => new CronerScheduleParser()),
      provide(engineTokens.scheduler, [engineTokens.clock], (clock) => new CronerScheduler(clock)),
    ],
  };
}
