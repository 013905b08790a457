import { InvalidOptionError } from '../../engine/common/errors.ts';
import type { Board } from '../leaderboards/board.ts';
import type { PlayerHistoryInput } from './player-history.ts';

/** The columns of a table of players, by the field of {@link PlayerHistoryInput} that each one fills. */
export const playerColumns: Readonly<Record<Exclude<keyof PlayerHistoryInput, 'periodXp'>, string>> = {
  userId: 'user_id',
  username: 'username',
  xp: 'xp',
  lastXpAt: 'last_xp_at',
  currentStreak: 'current_streak',
  longestStreak: 'longest_streak',
  lastQuizAt: 'last_quiz_at',
  protections: 'protections',
  currentLives: 'current_lives',
  nextRegenAt: 'next_regen_at',
};

const numbers: readonly string[] = ['xp', 'currentStreak', 'longestStreak', 'protections', 'currentLives'];

/** Returns the column of a board's XP in its current period: `xp_weekly`; hyphens become underscores. */
export function xpColumn({ key }: Pick<Board, 'key'>): string {
  return `xp_${key.replaceAll('-', '_')}`;
}

/**
 * Checks the names of a table's columns.
 *
 * @param option the name of the table in the error
 * @throws {InvalidOptionError} for an unknown column, or one that is missing
 */
export function assertPlayerColumns(
  option: string,
  columns: readonly string[],
  boards: readonly Board[],
): void {
  const known = [...Object.values(playerColumns), ...closing(boards).map(xpColumn)];
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(option, unknown, 'has an unknown column', {
      message: `Option ${option} has an unknown column ${unknown}; known columns are ${known.join(', ')}.`,
    });
  }
  const missing = ['user_id', 'username'].find((name) => !columns.includes(name));
  if (missing === undefined) return;
  throw new InvalidOptionError(option, columns.join(', '), `must have a column ${missing}`);
}

/**
 * Returns a row of a table as a player. Empty text and `null` are left out; text is read as the number or instant that
 * its column holds, and passed on as it is if it is neither.
 */
export function playerOfColumns(
  row: Readonly<Record<string, unknown>>,
  boards: readonly Board[],
): PlayerHistoryInput {
  const player: Record<string, unknown> = {};
  for (const [field, column] of Object.entries(playerColumns)) {
    const value = row[column];
    if (value === undefined || value === null || value === '') continue;
    player[field] = numbers.includes(field) ? asNumber(value) : value;
  }
  // Ids are often numbers in SQL.
  if (typeof player['userId'] === 'number') player['userId'] = String(player['userId']);
  const periodXp = closing(boards).flatMap((board) => {
    const value = row[xpColumn(board)];
    return value === undefined || value === null || value === '' ? [] : [[board.key, asNumber(value)]];
  });
  return { ...(player as unknown as PlayerHistoryInput), periodXp: Object.fromEntries(periodXp) as {} };
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
}

function closing(boards: readonly Board[]): readonly Board[] {
  return boards.filter(({ period }) => period !== 'all');
}
