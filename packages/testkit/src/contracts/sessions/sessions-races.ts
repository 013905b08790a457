import { MINUTE_MS, instant, addMs, sessionId, userId } from '@gamekeeper/core';
import { type CompletionResult, type QuizSession } from '@gamekeeper/core/ports';
import { completeSession, expireSession } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { byKey, writtenEvents } from '../batches.ts';
import type { Sentence } from '../contract.ts';
import { meanwhile } from '../meanwhile.ts';
import { everySession, expireAll, storeSessions, type SessionsHarness } from './sessions-harness.ts';

const tick = instant('2026-11-24T10:00:00Z');
/**
 * An instant that is in time by the clock of the instance that completes the quiz, although another instance is already
 * running the cleanup.
 */
const justInTime = addMs(tick, -1);

/** Many sessions completed at the last moment, some twice, while two cleanup runs are active. */
export const racingCompletions: Sentence<SessionsHarness>['check'] = async (create, property) => {
  const count = 8;
  const finished = fc.array(fc.integer({ min: 0, max: count - 1 }), {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(finished, async (indexes) => {
      const harness = await create();
      const crowd = Array.from({ length: count }, (_, index) => ending(`s${index}`));
      await storeSessions(harness, crowd);
      const race = indexes.map(async (index) => ({ index, result: await complete(harness, crowd[index]!) }));
      const sweeps = [1, 3].map((limit) => expireAll(harness, tick, limit));
      const results = await Promise.all(race);
      await Promise.all(sweeps);

      const won = new Set(results.filter(({ result }) => result.ok).map(({ index }) => index));
      const expected = crowd.map((session, index) =>
        won.has(index)
          ? { state: { ...session, status: 'completed' as const, completedAt: justInTime }, events: [] }
          : expireSession(session, tick),
      );
      equal(won.size, results.filter(({ result }) => result.ok).length, 'a session was completed twice');
      deepEqual(
        await everySession(harness),
        expected.map(({ state }) => state),
      );
      deepEqual(await writtenEvents(harness.outbox), byKey(expected.flatMap(({ events }) => events)));
    }),
    property,
  );
};

/** The completion holds the lock of the session when the cleanup reaches it; it commits, or is rolled back. */
export const completionBeforeSweep: Sentence<SessionsHarness>['check'] = async (create) => {
  for (const outcome of ['commit', 'roll back'] as const) {
    const harness = await create();
    const session = ending('a');
    await storeSessions(harness, [session]);
    const [completion, swept] = await meanwhile(
      harness.transactions,
      (tx) => completeIn(harness, tx, session),
      () => expireAll(harness, tick, 10),
      outcome,
    );
    if (outcome === 'commit') {
      equal(swept, 0);
      deepEqual(await everySession(harness), [completion?.session]);
      deepEqual(await writtenEvents(harness.outbox), []);
      continue;
    }
    // A run that skips locked sessions must return to them, at the latest at the next tick.
    await expireAll(harness, tick, 10);
    deepEqual(await everySession(harness), [expireSession(session, tick).state]);
    deepEqual(await writtenEvents(harness.outbox), expireSession(session, tick).events);
  }
};

/** The cleanup holds the lock of the session when the completion arrives; it commits, or is rolled back. */
export const sweepBeforeCompletion: Sentence<SessionsHarness>['check'] = async (create) => {
  for (const outcome of ['commit', 'roll back'] as const) {
    const harness = await create();
    const session = ending('a');
    await storeSessions(harness, [session]);
    const [, completion] = await meanwhile(
      harness.transactions,
      (tx) => harness.sessions.expireDue(tx, { asOf: tick, after: null, limit: 10 }),
      () => complete(harness, session),
      outcome,
    );
    equal(completion.ok, outcome === 'roll back');
    deepEqual(await everySession(harness), [completion.session]);
    const events = outcome === 'commit' ? expireSession(session, tick).events : [];
    deepEqual(await writtenEvents(harness.outbox), events);
  }
};

/** Returns an active session that expires at {@link tick}. */
function ending(id: string): QuizSession {
  return {
    id: sessionId(id),
    userId: userId(`player of ${id}`),
    status: 'active',
    startedAt: addMs(tick, -10 * MINUTE_MS),
    expiresAt: tick,
    completedAt: null,
  };
}

function complete(harness: SessionsHarness, session: QuizSession): Promise<CompletionResult> {
  return harness.transactions.run((tx) => completeIn(harness, tx, session));
}

function completeIn(
  { sessions }: SessionsHarness,
  tx: Parameters<SessionsHarness['sessions']['change']>[0],
  { id }: QuizSession,
): Promise<CompletionResult> {
  return sessions.change<CompletionResult>(tx, id, (stored) => {
    const answer = completeSession(stored!, justInTime);
    return { result: answer, ...(answer.ok && { state: answer.session }) };
  });
}
