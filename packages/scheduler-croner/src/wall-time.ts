import type { Instant } from '@gamekeeper/core';

declare const brand: unique symbol;

/**
 * The reading of a zone's clocks, as the milliseconds since 1970 at which UTC has the same reading. Unlike an instant
 * it may occur twice, or never.
 */
export type WallTime = number & { readonly [brand]: 'WallTime' };

/** Returns what clocks that are `offset` milliseconds ahead of UTC show at an instant. */
export function wallTimeAt(at: Instant, offset: number): WallTime {
  return (at + offset) as WallTime;
}

/** Returns the instant at which clocks that are `offset` milliseconds ahead of UTC show a wall time. */
export function instantOf(wall: WallTime, offset: number): Instant {
  return (wall - offset) as Instant;
}
