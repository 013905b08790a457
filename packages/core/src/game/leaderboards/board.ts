import { InvalidOptionError } from '../../engine/common/errors.ts';
import { assertKnownOptions, givenList, givenObject, isKey } from '../../engine/common/options.ts';
import type { ScheduleSpec } from '../../engine/time/schedule.ts';

/** How long scores count: forever, or for a calendar month, week or day. */
export type PeriodKind = 'all' | 'month' | 'week' | 'day';

/**
 * Which of several players with the same score comes first: the one who earned XP last, or first. After that, the user
 * id decides, bytewise and ascending, so the order is total.
 */
export type TieBreak = 'latest' | 'earliest';

/** A leaderboard: its key, its periods, its time zone and its order. */
export interface Board {
  /** Its name in tables, caches and events: lower-case words joined by hyphens, at most 100 characters. */
  readonly key: string;
  readonly period: PeriodKind;
  /** The IANA time zone in which its periods begin at midnight. */
  readonly timeZone: string;
  /** The day on which weeks begin, 0 for Sunday to 6 for Saturday. */
  readonly weekStart: number;
  readonly tieBreak: TieBreak;
}

/** A board as a host defines it. Defaults: time zone UTC, weeks from Monday, latest XP first. */
export type BoardOptions = Pick<Board, 'key' | 'period'> & Partial<Board>;

/** The default boards: all-time, weekly from Monday 00:00, monthly from the 1st 00:00, in UTC. */
export const defaultBoards: readonly BoardOptions[] = [
  { key: 'global', period: 'all' },
  { key: 'weekly', period: 'week' },
  { key: 'monthly', period: 'month' },
];

/**
 * Returns the boards with defaults filled in.
 *
 * @throws {InvalidOptionError} naming `boards.<key>.…`
 */
export function defineBoards(options: readonly BoardOptions[] = defaultBoards): readonly Board[] {
  givenList('boards', options, 'must be a list such as [{ key: "weekly", period: "week" }]');
  const boards = options.map(defineBoard);
  const doubled = boards.find(({ key }, index) => boards.findIndex((board) => board.key === key) !== index);
  if (doubled) throw new InvalidOptionError('boards', doubled.key, 'must have unique keys');
  return boards;
}

const BOARD_OPTIONS = ['key', 'period', 'timeZone', 'weekStart', 'tieBreak'];

function defineBoard(options: BoardOptions): Board {
  const {
    key,
    period,
    timeZone = 'UTC',
    weekStart = 1,
    tieBreak = 'latest',
  } = givenObject('boards', options, 'must be a list of objects with key and period');
  if (!isKey(key)) {
    throw new InvalidOptionError(
      'boards.key',
      key,
      'must be lower-case words joined by hyphens (at most 100 characters), such as "weekly"',
    );
  }
  const path = `boards.${key}`;
  assertKnownOptions(`${path}.`, options, BOARD_OPTIONS);
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
    // Newer platforms also accept offsets such as "+02:00", which schedules do not accept as time zones.
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

/** Returns the schedule of the ends of a board's periods; `null` if its period never ends. */
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
