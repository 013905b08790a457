import type { Instant } from '../../engine/time/instant.ts';
import type { XpAward } from '../leaderboards/award-repository.ts';
import type { Lives } from '../lives/lives.ts';
import type { QuizSession } from '../sessions/quiz-session.ts';
import type { UserId } from './ids.ts';
import type { StoredDetails, StoredEntry } from './player-log.ts';

/** Returns the log entry of a session: at its end, or at its start while it is active. */
export function sessionEntry(session: QuizSession): StoredEntry {
  const { id: sessionId, userId, status, startedAt, expiresAt, completedAt } = session;
  const common = { userId, at: completedAt ?? startedAt, entry: `quiz:${sessionId}` };
  if (status === 'active') return { ...common, kind: 'quiz-started', details: { sessionId, expiresAt } };
  if (status === 'completed') return { ...common, kind: 'quiz-completed', details: { sessionId, startedAt } };
  return { ...common, kind: 'quiz-expired', details: { sessionId, startedAt, expiresAt } };
}

/** Returns the log entry of an award. */
export function awardEntry({ userId, awardId, amount, earnedAt }: XpAward): StoredEntry {
  return { userId, at: earnedAt, entry: `xp:${awardId}`, kind: 'xp-awarded', details: { awardId, amount } };
}

/** Returns the log entry of a life that was spent under a key. */
export function spendEntry(
  { userId, currentLives, nextRegenAt }: Lives,
  { idempotencyKey, at }: { readonly idempotencyKey: string; readonly at: Instant },
): StoredEntry {
  return {
    userId,
    at,
    entry: `life:${idempotencyKey}`,
    kind: 'life-spent',
    details: { idempotencyKey, currentLives, nextRegenAt },
  };
}

/** Returns the log entry of the last life that a tick gave; `null` if none has. */
export function regenEntry({ userId, currentLives, lastRegenAt, nextRegenAt }: Lives): StoredEntry | null {
  if (lastRegenAt === null) return null;
  const details = { currentLives, nextRegenAt };
  return { userId, at: lastRegenAt, entry: 'life-returned', kind: 'life-returned', details };
}

/** Returns the log entry of a final standing in a period that ended at an instant. */
export function standingEntry(
  userId: UserId,
  endsAt: Instant,
  details: StoredDetails['period-sealed'],
): StoredEntry {
  const entry = `sealed:${details.board}:${details.period}`;
  return { userId, at: endsAt, entry, kind: 'period-sealed', details };
}
