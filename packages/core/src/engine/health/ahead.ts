import { MINUTE_MS, type Instant } from '../time/instant.ts';

/** By how much the store's clock may be put back, or another server's differ after a failover, without a word. */
export const AHEAD_TOLERANCE_MS: number = MINUTE_MS;

/** How far a job's ticks are done with, and the present by the clock of the store that says so. */
export interface TickProgress {
  /** Through which instant no further tick begins: the watermark, or the tick of the run at work where that is later. */
  readonly furthest: Instant;
  /** The store's clock when this was read. */
  readonly readAt: Instant;
}

/**
 * Whether ticks are done with that have yet to come. The ledger takes none of them, so the store's own clock was put
 * back, or its rows were written by hand; nothing runs until that instant has come.
 */
export function isAhead({ furthest, readAt }: TickProgress): boolean {
  return furthest - readAt > AHEAD_TOLERANCE_MS;
}
