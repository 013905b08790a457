import type { Instant } from '../../engine/time/instant.ts';
import {
  addDays,
  dayOfWeek,
  daysBetween,
  localDate,
  startOfDay,
  type LocalDate,
} from '../../engine/time/zones.ts';
import type { Board } from './board.ts';

/** The half-open range `[startsAt, endsAt)` for which a board's scores count. `null`: no beginning or no end. */
export interface Period {
  /** Readable and sortable: `2026-W48`, `2026-11`, `2026-11-24`, `all`. */
  readonly key: string;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
}

/** A period with a beginning and an end. */
export type BoundedPeriod = Period & { readonly startsAt: Instant; readonly endsAt: Instant };

/** A board whose periods end. */
type BoundedBoard = Board & { readonly period: Exclude<Board['period'], 'all'> };

/** Returns the period of a board at an instant, by the board's definition. */
export function periodAt(board: Board, at: Instant): Period {
  return boundedPeriodAt(board, at) ?? { key: 'all', startsAt: null, endsAt: null };
}

/** Returns the period of a board at an instant; `null` for a board whose period never ends. */
export function boundedPeriodAt(board: Board, at: Instant): BoundedPeriod | null {
  if (!closes(board)) return null;
  const { key, first, next } = days(board, localDate(board.timeZone, at));
  return { key, startsAt: startOfDay(board.timeZone, first), endsAt: startOfDay(board.timeZone, next) };
}

function closes(board: Board): board is BoundedBoard {
  return board.period !== 'all';
}

/** Returns the first day of the period of a day, the first day of the next one, and the key. */
function days(
  board: BoundedBoard,
  date: LocalDate,
): { readonly key: string; readonly first: LocalDate; readonly next: LocalDate } {
  switch (board.period) {
    case 'week': {
      const first = addDays(date, -((dayOfWeek(date) - board.weekStart + 7) % 7));
      return { key: weekKey(first), first, next: addDays(first, 7) };
    }
    case 'month': {
      const first = `${date.slice(0, -2)}01` as LocalDate;
      const next = `${addDays(first, 31).slice(0, -2)}01` as LocalDate;
      return { key: date.slice(0, -3), first, next };
    }
    case 'day':
      return { key: date, first: date, next: addDays(date, 1) };
  }
}

/** ISO 8601's rule, for weeks that begin on any day: a week belongs to the year of its fourth day. */
function weekKey(first: LocalDate): string {
  const fourth = addDays(first, 3);
  const year = fourth.slice(0, -6);
  const week = Math.floor(daysBetween(`${year}-01-01` as LocalDate, fourth) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
