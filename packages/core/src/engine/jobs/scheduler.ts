import type { Schedule } from '../time/schedule.ts';

/** What was asked of a scheduler, to be taken back. */
export interface Wakeup {
  cancel(): void;
}

/**
 * What wakes the engine when a tick has come.
 *
 * It only wakes: which ticks are owed is decided from the ledger. So one call may stand for many ticks (the machine
 * slept), and a call too many does no harm; a call before the tick, or a tick after which none comes, is a fault.
 */
export interface Scheduler {
  /** Calls `wake` soon after every tick of the schedule from now on, until cancelled. `wake` does not throw. */
  onTick(schedule: Schedule, wake: () => void): Wakeup;
}
