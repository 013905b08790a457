import { provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { CronerScheduler } from './croner-scheduler.ts';
import { CronerSchedules } from './croner-schedules.ts';

/** Binds schedules, and the scheduler that wakes the engine in process. Needs a clock from another module. */
export function cronerScheduler(): HostModule {
  return {
    name: '@gamekeeper/scheduler-croner',
    bindings: [
      provide(engineTokens.schedules, [], () => new CronerSchedules()),
      provide(engineTokens.scheduler, [engineTokens.clock], (clock) => new CronerScheduler(clock)),
    ],
  };
}
