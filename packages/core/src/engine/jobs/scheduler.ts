import type { Schedule } from '../time/schedule.ts';

/** A subscription to ticks, which can be cancelled. */
export interface Wakeup {
  cancel(): void;
}

/**
 * Wakes the engine when a tick is due.
 *
 * It only wakes: the ledger decides which ticks must run. So one call may stand for many ticks (after the machine was
 * suspended), and an extra call does no harm. A call before the tick, or a missing call after a tick, is an error.
 */
export interface Scheduler {
  /** Calls `wake` soon after every tick of the schedule from now on, until cancelled. `wake` does not throw. */
  onTick(schedule: Schedule, wake: () => void): Wakeup;
}
