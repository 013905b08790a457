import { instantsNear } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionId, userId } from '../players/ids.ts';
import { HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import {
  beginSession,
  completeSession,
  expireSession,
  isAbandoned,
  type QuizSession,
} from './quiz-session.ts';
import { defaultSessionRules as rules, sessionRules } from './session-rules.ts';

const start = instant('2026-11-24T09:55:00Z');
const begun = beginSession(sessionId('quiz-1'), userId('ada'), start, rules);
const { expiresAt } = begun;
/** The sweep of 10:00 comes too early for this session, that of 11:00 does not. */
const tick = instant('2026-11-24T11:00:00Z');

/** A session in any state, with its time running out close to the tick. */
const sessions: fc.Arbitrary<QuizSession> = fc
  .record({
    status: fc.constantFrom('active', 'completed', 'expired' as const),
    expiresAt: instantsNear(tick, HOUR_MS),
  })
  .map(({ status, expiresAt }) => ({
    ...begun,
    status,
    expiresAt,
    completedAt: status === 'active' ? null : addMs(expiresAt, -1),
  }));

describe('beginSession', () => {
  it('begins an active session that ends after ten minutes', () => {
    expect(begun).toEqual({
      id: 'quiz-1',
      userId: 'ada',
      status: 'active',
      startedAt: start,
      expiresAt: instant('2026-11-24T10:05:00Z'),
      completedAt: null,
    });
  });

  it('gives as many minutes as the host chooses', () => {
    const slow = beginSession(begun.id, begun.userId, start, sessionRules({ timeoutMinutes: 45 }));
    expect(slow.expiresAt).toBe(addMs(start, 45 * MINUTE_MS));
  });
});

describe('completeSession', () => {
  it('finishes a quiz in its last millisecond', () => {
    const now = addMs(expiresAt, -1);
    expect(completeSession(begun, now)).toEqual({
      ok: true,
      session: { ...begun, status: 'completed', completedAt: now },
    });
  });

  it.each([0, 1])('refuses %d ms after its time is up, although no sweep has come by', (ms) => {
    expect(completeSession(begun, addMs(expiresAt, ms))).toEqual({
      ok: false,
      reason: 'expired',
      session: begun,
    });
  });

  it('refuses a quiz that a sweep has expired, whatever the time', () => {
    const { state } = expireSession(begun, tick);
    expect(completeSession(state, start)).toEqual({ ok: false, reason: 'expired', session: state });
  });

  it('refuses a quiz that is finished already, also after its time, and keeps when that was', () => {
    const finished: QuizSession = { ...begun, status: 'completed', completedAt: addMs(start, 1) };
    for (const now of [addMs(start, 2), tick])
      expect(completeSession(finished, now)).toEqual({
        ok: false,
        reason: 'already-completed',
        session: finished,
      });
  });
});

describe('expireSession', () => {
  it('expires a quiz whose time is up at the tick, as of the tick, and tells of it', () => {
    expect(expireSession(begun, tick)).toEqual({
      state: { ...begun, status: 'expired', completedAt: tick },
      events: [
        {
          type: 'QuizAbandoned',
          key: 'QuizAbandoned:quiz-1',
          occurredAt: tick,
          payload: { userId: 'ada', sessionId: 'quiz-1' },
        },
      ],
    });
  });

  it('takes the millisecond at which time is up, and not the one before', () => {
    expect(isAbandoned(begun, expiresAt)).toBe(true);
    expect(isAbandoned(begun, addMs(expiresAt, -1))).toBe(false);
    expect(expireSession(begun, addMs(expiresAt, -1))).toEqual({ state: begun, events: [] });
  });

  it('law 4: a finished quiz stays finished', () => {
    const result = completeSession(begun, addMs(expiresAt, -1));
    expect(expireSession(result.session, tick)).toEqual({ state: result.session, events: [] });
  });

  it('changes only active sessions whose time is up, once, and tells of each in one event', () => {
    fc.assert(
      fc.property(sessions, (session) => {
        const due = session.status === 'active' && session.expiresAt <= tick;
        const { state, events } = expireSession(session, tick);
        expect(state).toEqual(due ? { ...session, status: 'expired', completedAt: tick } : session);
        expect(events).toHaveLength(due ? 1 : 0);
        expect(expireSession(state, tick)).toEqual({ state, events: [] });
      }),
    );
  });

  it('at every instant a quiz can either be finished or swept, never both', () => {
    fc.assert(
      fc.property(sessions, instantsNear(tick, HOUR_MS), (session, now: Instant) => {
        const canFinish = completeSession(session, now).ok;
        expect(canFinish).toBe(session.status === 'active' && !isAbandoned(session, now));
      }),
    );
  });
});

describe('sessionRules', () => {
  it('fills in the defaults', () => {
    expect(sessionRules()).toEqual({ timeoutMinutes: 10 });
  });

  it.each([0, -10, 1.5, Number.NaN, Infinity, 525_601, '10' as unknown as number])(
    'refuses %j by name',
    (timeoutMinutes) => {
      expect(() => sessionRules({ timeoutMinutes })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', option: 'rules.sessions.timeoutMinutes' }),
      );
    },
  );
});
