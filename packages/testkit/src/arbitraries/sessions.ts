import { HOUR_MS, MINUTE_MS, addMs, sessionId, type Instant, type SessionId } from '@gamekeeper/core';
import { type QuizSession } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { userIds } from './players.ts';
import { instantsNear } from './time.ts';

/** Generates sessions' ids, as difficult for stores as players' ids are. */
export function sessionIds(): fc.Arbitrary<SessionId> {
  return userIds().map(sessionId);
}

/** Generates a session around an instant: with any status, just expired, nearly expired, or expired long ago. */
export function sessionsAround(asOf: Instant, id: SessionId): fc.Arbitrary<QuizSession> {
  return fc
    .record({
      userId: userIds(),
      status: fc.constantFrom('active' as const, 'active' as const, 'completed' as const, 'expired' as const),
      expiresAt: instantsNear(asOf, 3 * HOUR_MS),
      timeoutMs: fc.integer({ min: MINUTE_MS, max: HOUR_MS }),
      afterMs: fc.integer({ min: 0, max: HOUR_MS }),
    })
    .map(({ userId, status, expiresAt, timeoutMs, afterMs }) => {
      const startedAt = addMs(expiresAt, -timeoutMs);
      const completedAt = {
        active: null,
        completed: addMs(startedAt, afterMs % timeoutMs),
        expired: addMs(expiresAt, afterMs),
      }[status];
      return { id, userId, status, startedAt, expiresAt, completedAt };
    });
}

/** Generates several sessions around an instant, with distinct ids. */
export function sessionCrowds(
  asOf: Instant,
  size: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<readonly QuizSession[]> {
  return fc
    .uniqueArray(sessionIds(), { minLength: 0, maxLength: 25, size: 'max', ...size })
    .chain((ids) => fc.tuple(...ids.map((id) => sessionsAround(asOf, id))));
}
