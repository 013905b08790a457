import type { StateChange } from '../players/decision.ts';
import type { QuizAbandoned } from '../events/game-events.ts';
import type { SessionId, UserId } from '../players/ids.ts';
import { MINUTE_MS, addMs, type Instant } from '../../engine/time/instant.ts';
import type { SessionRules } from './session-rules.ts';

/** How a quiz session stands. It leaves `active` once, for good. */
export type SessionStatus = 'active' | 'completed' | 'expired';

/** One player's attempt at a quiz. */
export interface QuizSession {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly status: SessionStatus;
  readonly startedAt: Instant;
  /** From here on it cannot be finished, whether a sweep has come by or not. */
  readonly expiresAt: Instant;
  /** When it was finished, or the tick that expired it. */
  readonly completedAt: Instant | null;
}

/** What became of finishing a quiz. Refusals are answers, not errors. */
export type CompletionResult =
  | { readonly ok: true; readonly session: QuizSession }
  | { readonly ok: false; readonly reason: 'expired' | 'already-completed'; readonly session: QuizSession };

/** A quiz that begins now. */
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

/** Finishes a quiz, unless its time is up or it is finished already. */
export function completeSession(session: QuizSession, now: Instant): CompletionResult {
  if (session.status === 'completed') return { ok: false, reason: 'already-completed', session };
  if (session.status === 'expired' || session.expiresAt <= now)
    return { ok: false, reason: 'expired', session };
  return { ok: true, session: { ...session, status: 'completed', completedAt: now } };
}

/** Whether a sweep at `asOf` expires this session. */
export function isAbandoned(session: QuizSession, asOf: Instant): boolean {
  return session.status === 'active' && session.expiresAt <= asOf;
}

/** One sweep: an active session whose time is up expires. The life it cost is gone. */
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
