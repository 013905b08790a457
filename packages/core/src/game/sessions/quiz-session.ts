import type { StateChange } from '../players/decision.ts';
import type { QuizAbandoned } from '../events/game-events.ts';
import type { SessionId, UserId } from '../players/ids.ts';
import { MINUTE_MS, addMs, type Instant } from '../../engine/time/instant.ts';
import type { SessionRules } from './session-rules.ts';

/** The status of a quiz session. It leaves `active` once and never returns to it. */
export type SessionStatus = 'active' | 'completed' | 'expired';

/** One player's attempt at a quiz. */
export interface QuizSession {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly status: SessionStatus;
  readonly startedAt: Instant;
  /** From this instant on it cannot be completed, whether or not a cleanup run has expired it. */
  readonly expiresAt: Instant;
  /** When it was completed, or the tick that expired it. */
  readonly completedAt: Instant | null;
}

/** The result of completing a quiz. Refusals are returned, not thrown. */
export type CompletionResult =
  | { readonly ok: true; readonly session: QuizSession }
  | { readonly ok: false; readonly reason: 'expired' | 'already-completed'; readonly session: QuizSession };

/** Returns a quiz session that begins now. */
export function beginSession(id: SessionId, userId: UserId, now: Instant, rules: SessionRules): QuizSession {
  return {
    id,
    userId,
    status: 'active',
    startedAt: now,
    expiresAt: addMs(now, rules.timeoutMinutes * MINUTE_MS),
    completedAt: null,
  };
}

/** Completes a quiz, unless it has expired or is already completed. */
export function completeSession(session: QuizSession, now: Instant): CompletionResult {
  if (session.status === 'completed') return { ok: false, reason: 'already-completed', session };
  if (session.status === 'expired' || session.expiresAt <= now)
    return { ok: false, reason: 'expired', session };
  return { ok: true, session: { ...session, status: 'completed', completedAt: now } };
}

/** Returns whether a cleanup run at `asOf` expires this session. */
export function isAbandoned(session: QuizSession, asOf: Instant): boolean {
  return session.status === 'active' && session.expiresAt <= asOf;
}

/** Applies one cleanup run: an active session past its `expiresAt` expires. The life spent on it is lost. */
export function expireSession(session: QuizSession, asOf: Instant): StateChange<QuizSession> {
  if (!isAbandoned(session, asOf)) return { state: session, events: [] };
  return {
    state: { ...session, status: 'expired', completedAt: asOf },
    events: [quizAbandoned(session, asOf)],
  };
}

function quizAbandoned({ id, userId }: QuizSession, asOf: Instant): QuizAbandoned {
  return {
    type: 'QuizAbandoned',
    key: `${QUIZ_ABANDONED_KEY_PREFIX}${id}`,
    occurredAt: asOf,
    payload: { userId, sessionId: id },
  };
}

/** The event key of an abandoned quiz up to the session's id, for adapters that build keys in SQL. */
export const QUIZ_ABANDONED_KEY_PREFIX = 'QuizAbandoned:';
