import { MINUTE_MS, type Instant } from '../time/instant.ts';

/**
 * How far the store's clock may be moved back (or may differ on another server after a failover) without a finding.
 * Milliseconds.
 */
export const AHEAD_TOLERANCE_MS: number = MINUTE_MS;

/** How far a job's ticks are done, and the store's time when this was read. */
export interface TickProgress {
  /** No tick up to this instant can start: the watermark, or the tick of the active run if that is later. */
  readonly furthest: Instant;
  /** The store's time when this was read. */
  readonly readAt: Instant;
}

/**
 * Returns whether ticks in the future are already done. The ledger never allows that, so the store's clock was moved
 * back, or rows were written by hand; nothing runs until that instant is reached.
 */
export function isAhead({ furthest, readAt }: TickProgress): boolean {
  return furthest - readAt > AHEAD_TOLERANCE_MS;
}
