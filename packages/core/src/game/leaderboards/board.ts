import { InvalidOptionError } from '../../engine/common/errors.ts';
import { isKey } from '../../engine/common/options.ts';
import type { ScheduleSpec } from '../../engine/time/schedule.ts';

/** For how long scores count: for ever, or for a calendar month, week or day. */
export type PeriodKind = 'all' | 'month' | 'week' | 'day';

/**
 * Who comes first among players of one score: whoever earned XP last, or whoever earned it first. After that the user
 * id decides, bytewise and ascending, so the order is total.
 */
export type TieBreak = 'latest' | 'earliest';

/** A leaderboard: what it counts, over which periods, in which zone. */
export interface Board {
  /** Its name in tables, caches and events: lower-case words joined by hyphens, at most 100 characters. */
  readonly key: string;
  readonly period: PeriodKind;
  /** The IANA zone whose midnights begin its periods. */
  readonly timeZone: string;
  /** The day that weeks begin on, 0 for Sunday to 6 for Saturday. */
  readonly weekStart: number;
  readonly tieBreak: TieBreak;
}

/** A board as a host defines it. Zone UTC, weeks from Monday and latest XP first unless given. */
export type BoardOptions = Pick<Board, 'key' | 'period'> & Partial<Board>;

/** The boards of a host that defines none: all time, weekly from Monday 00:00, monthly from the 1st 00:00, in UTC. */
export const defaultBoards: readonly BoardOptions[] = [
  { key: 'global', period: 'all' },
  { key: 'weekly', period: 'week' },
  { key: 'monthly', period: 'month' },
];

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `boards.<key>.…`
 */
export function defineBoards(options: readonly BoardOptions[] = defaultBoards): readonly Board[] {
  const boards = options.map(defineBoard);
  const doubled = boards.find(({ key }, index) => boards.findIndex((board) => board.key === key) !== index);
  if (doubled) throw new InvalidOptionError('boards', doubled.key, 'must have unique keys');
  return boards;
}

function defineBoard({
  key,
  period,
  timeZone = 'UTC',
  weekStart = 1,
  tieBreak = 'latest',
}: BoardOptions): Board {
  if (!isKey(key)) {
    throw new InvalidOptionError(
      'boards.key',
      key,
      'must be lower-case words joined by hyphens (at most 100 characters), such as "weekly"',
    );
  }
  const path = `boards.${key}`;
  if (!['all', 'month', 'week', 'day'].includes(period)) {
    throw new InvalidOptionError(`${path}.period`, period, 'must be "all", "month", "week" or "day"');
  }
  if (!Number.isInteger(weekStart) || weekStart < 0 || weekStart > 6) {
    throw new InvalidOptionError(
      `${path}.weekStart`,
      weekStart,
      'must be from 0 for Sunday to 6 for Saturday',
    );
  }
  if (tieBreak !== 'latest' && tieBreak !== 'earliest') {
    throw new InvalidOptionError(`${path}.tieBreak`, tieBreak, 'must be "latest" or "earliest"');
  }
  try {
    // Newer platforms also take offsets such as "+02:00", which are no zones to any schedule.
    if (/^[+-]/.test(timeZone)) throw new RangeError(`${timeZone} is an offset`);
    Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new InvalidOptionError(
      `${path}.timeZone`,
      timeZone,
      'must be an IANA time zone such as "Europe/Berlin"',
      {
        cause,
      },
    );
  }
  return { key, period, timeZone, weekStart, tieBreak };
}

/** When a board's periods end; `null` for a board whose period never does. */
export function resetSchedule({ period, timeZone, weekStart }: Board): ScheduleSpec | null {
  switch (period) {
    case 'all':
      return null;
    case 'month':
      return { cron: '0 0 1 * *', timeZone };
    case 'week':
      return { cron: `0 0 * * ${weekStart}`, timeZone };
    case 'day':
      return { cron: '0 0 * * *', timeZone };
  }
}
