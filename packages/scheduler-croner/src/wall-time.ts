import type { Instant } from '@gamekeeper/core';

declare const brand: unique symbol;

/**
 * What the clocks of a zone read, as the milliseconds since 1970 that the same reading would be in UTC. Unlike an
 * instant it may come twice, or never.
 */
export type WallTime = number & { readonly [brand]: 'WallTime' };

/** What clocks that are `offset` milliseconds ahead of UTC read at an instant. */
export function wallTimeAt(at: Instant, offset: number): WallTime {
  return (at + offset) as WallTime;
}

/** The instant at which clocks that are `offset` milliseconds ahead of UTC read a wall time. */
export function instantOf(wall: WallTime, offset: number): Instant {
  return (wall - offset) as Instant;
}
