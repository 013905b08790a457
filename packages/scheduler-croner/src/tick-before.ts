import { MINUTE_MS, addMs, type Instant } from '@gamekeeper/core';

/** An interval from an instant to the next tick, without a tick between them. */
export interface TickInterval {
  readonly from: Instant;
  readonly to: Instant | null;
}

/**
 * Returns the last tick strictly before an instant and the tick that follows it, or `null` if there is none after
 * `earliest`.
 *
 * It searches only with `nextTick`, so going backwards always agrees with going forwards.
 */
export function tickBefore(
  next: (after: Instant) => Instant | null,
  before: Instant,
  earliest: Instant,
): TickInterval | null {
  let tick = anyTickBefore(next, before, earliest);
  if (tick === null) return null;
  for (let end = before; ;) {
    const following = next(tick);
    if (following === null || following >= before) return { from: tick, to: following };
    const middle = Math.floor((following + end) / 2) as Instant;
    const candidate = next(middle);
    if (candidate !== null && candidate < before) {
      tick = candidate;
    } else {
      tick = following;
      end = middle;
    }
  }
}

function anyTickBefore(
  next: (after: Instant) => Instant | null,
  before: Instant,
  earliest: Instant,
): Instant | null {
  for (let span = MINUTE_MS; ; span *= 4) {
    const from = Math.max(addMs(before, -span), earliest) as Instant;
    const tick = next(from);
    if (tick !== null && tick < before) return tick;
    if (from <= earliest) return null;
  }
}
