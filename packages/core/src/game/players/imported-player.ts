import { addMs, maxInstant, minInstant } from '../../engine/time/instant.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { Score } from '../leaderboards/standing.ts';
import type { Lives } from '../lives/lives.ts';
import type { Streak } from '../streaks/streak.ts';
import type { PlayerHistory } from './player-history.ts';
import type { ImportTerms } from './import-terms.ts';
import type { RecordedEntry } from './player-log.ts';

/** Returns the streak of an imported player. It is judged for the first time by a tick after `judgedThrough`. */
export function importedStreak(
  { userId, currentStreak, longestStreak, lastQuizAt, protections }: PlayerHistory,
  { judgedThrough }: ImportTerms,
): Streak {
  const evaluatedOn = currentStreak > 0 ? judgedThrough : null;
  return { userId, currentStreak, longestStreak, lastQuizAt, protections, evaluatedOn };
}

/**
 * Returns the lives of an imported player; `null` for the maximum, like a player who has never lost one. A timer always
 * runs for fewer, and no tick up to the import gives one.
 */
export function importedLives(
  { userId, currentLives, nextRegenAt }: PlayerHistory,
  { at, maxLives, latestRegenAt }: ImportTerms,
): Lives | null {
  if (currentLives === maxLives) return null;
  const due = maxInstant(addMs(at, 1), nextRegenAt ?? latestRegenAt);
  return {
    userId,
    currentLives,
    lastRegenAt: null,
    nextRegenAt: currentLives > maxLives ? null : minInstant(due, latestRegenAt),
  };
}

/** Returns what the log of an imported player begins with. */
export function importedEntry(
  { userId, xp, currentStreak, protections, currentLives }: PlayerHistory,
  { at }: Pick<ImportTerms, 'at'>,
): RecordedEntry {
  const details = { xp, currentStreak, protections, currentLives };
  return { userId, at, entry: 'imported', kind: 'imported', details };
}

/**
 * Returns the score of an imported player on a board in its current period; `null` for a player without XP, who is on
 * no board. A player with XP is on every board, at 0 without XP in its period.
 */
export function importedScore(
  { userId, xp, lastXpAt, periodXp }: PlayerHistory,
  { board, period }: BoardPeriod,
): Score | null {
  if (xp === 0 || lastXpAt === null) return null;
  const score = board.period === 'all' ? xp : (periodXp[board.key] ?? 0);
  return { userId, score, lastXpAt: score === 0 ? null : maxInstant(lastXpAt, period.startsAt) };
}
