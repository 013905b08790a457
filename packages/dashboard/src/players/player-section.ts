import type { Instant, UserId } from '@gamekeeper/core';
import type { Html } from '../html/html.ts';
import type { RoomContext } from '../room.ts';

/** A part of the page of a player: its heading, and what it reads. */
export interface PlayerSection {
  /** Unique among the sections, for the heading's id. */
  readonly id: string;
  readonly title: string;
  /** Whether it takes the whole width of the page. */
  readonly isWide?: boolean;
  readonly read: (context: RoomContext, userId: UserId, now: Instant) => Promise<Html>;
}
