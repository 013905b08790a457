import { MINUTE_MS, instant, addMs, sessionId, userId, type DomainEvent } from '@gamekeeper/core';
import { type QuizSession } from '@gamekeeper/core/ports';
import { compareBytewise, expireSession, isAbandoned } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { dividesItsTick } from '../divided-sweep.ts';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { sessionsOfAwkwardIds } from '../players/awkward-ids.ts';
import { sessionCrowds } from '../../arbitraries/sessions.ts';
import { instants } from '../../arbitraries/time.ts';
import { allPages, byKey, writtenEvents } from '../batches.ts';
import { choosesItems, namesWhatItDoes, type ChosenSweep } from '../chosen-items.ts';
import { collectionCases } from '../collection-cases.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import {
  everySession,
  expireAll,
  sessionIdOf,
  storeSessions,
  type SessionsHarness,
} from './sessions-harness.ts';
import { differentialSessions } from './sessions-histories.ts';
import { completionBeforeSweep, racingCompletions, sweepBeforeCompletion } from './sessions-races.ts';

const tick = instant('2026-11-24T10:00:00Z');

/**
 * Returns the contract of `SessionRepository` as test cases.
 *
 * @example
 * runContract(sessionRepositoryContract({ create: emptyStore }), it);
 */
export function sessionRepositoryContract(
  options: ContractOptions<SessionsHarness>,
): readonly ContractCase[] {
  return contractCases<SessionsHarness>(options, [
    ...sessionsOfAwkwardIds,
    ...collectionCases<SessionsHarness, QuizSession['id'], QuizSession>({
      of: ({ sessions }) => sessions,
      idOf: sessionIdOf,
      crowds: instants().chain((at) => sessionCrowds(at, { maxLength: 12 })),
      sample: due('a'),
      changed: { ...due('a'), status: 'completed', completedAt: addMs(tick, -1) },
      other: due('b'),
      event: expireSession(due('a'), tick).events[0]!,
      step: (stored) => ({ ...due('a'), expiresAt: addMs(stored?.expiresAt ?? tick, 1) }),
    }),
    {
      name: 'expires at a tick every session past its expiresAt, and no other, as the rule does',
      check: async (create, property) => {
        const scene = instants().chain((asOf) => fc.tuple(fc.constant(asOf), sessionCrowds(asOf)));
        await fc.assert(
          fc.asyncProperty(scene, fc.integer({ min: 1, max: 12 }), async ([asOf, crowd], limit) => {
            const harness = await create();
            await storeSessions(harness, crowd);
            const anyAbandoned = crowd.some((session) => isAbandoned(session, asOf));
            equal(await harness.sessions.isAnyAbandoned(asOf), anyAbandoned);
            const processed = await expireAll(harness, asOf, limit);
            equal(await harness.sessions.isAnyAbandoned(asOf), false);
            const expected = crowd.map((session) => expireSession(session, asOf));
            deepEqual(await everySession(harness), sorted(expected.map(({ state }) => state)));
            deepEqual(await writtenEvents(harness.outbox), byKey(expected.flatMap(({ events }) => events)));
            equal(processed, expected.filter(({ events }) => events.length > 0).length);
          }),
          property,
        );
      },
    },
    {
      name: 'expires nothing twice when a tick or a batch is repeated',
      check: async (create) => {
        const harness = await create();
        const crowd = manyDue(25);
        await storeSessions(harness, crowd);
        const batch = { asOf: tick, after: null, limit: 10 };
        await harness.transactions.run((tx) => harness.sessions.expireDue(tx, batch));
        await expireAll(harness, tick, 10);
        equal(await expireAll(harness, tick, 10), 0);
        equal(await expireAll(harness, addMs(tick, 60 * MINUTE_MS), 10), 0);
        deepEqual(await everySession(harness), expired(crowd));
        deepEqual(await writtenEvents(harness.outbox), abandonments(crowd));
      },
    },
    {
      name: 'ends and skips none, whatever the size of the batches',
      check: async (create) => {
        for (const limit of [1, 7, 300, 10_000]) {
          const harness = await create();
          await storeSessions(harness, manyDue(300));
          equal(await expireAll(harness, tick, limit), 300);
        }
      },
    },
    {
      name: 'skips none that is written to between two batches',
      check: async (create) => {
        const harness = await create();
        const crowd = manyDue(400);
        await storeSessions(harness, crowd);
        await expireAll(harness, tick, 40, () => rewrite(harness, crowd));
        deepEqual(await everySession(harness), expired(crowd));
        deepEqual(await writtenEvents(harness.outbox), abandonments(crowd));
      },
    },
    {
      name: 'law 10: processes only the given items, excludes others, and lists those that are due',
      check: (create, property) =>
        choosesItems(property, sessionCrowds(tick), {
          idOf: sessionIdOf,
          sweepOver: async (crowd) => {
            const harness = await create();
            await storeSessions(harness, crowd);
            return chosen(harness);
          },
          after: (session) => (isAbandoned(session, tick) ? expireSession(session, tick).state : null),
        }),
    },
    {
      name: 'law 10: lists at every checkpoint as many as the batch there processes',
      check: async (create) => {
        const harness = await create();
        const crowd = manyDue(400);
        await storeSessions(harness, crowd);
        await namesWhatItDoes(chosen(harness), crowd.map(sessionIdOf));
      },
    },
    {
      name: 'divides a tick into disjoint parts, each of which is done alone',
      check: async (create) => {
        const harness = await create();
        const { sessions, transactions } = harness;
        const crowd = manyDue(1_500);
        await storeSessions(harness, crowd);
        await dividesItsTick({
          transactions,
          due: crowd.length,
          divide: sessions.divideDue && ((max) => sessions.divideDue!({ asOf: tick, max })),
          sweep: (tx, batch) => sessions.expireDue(tx, { asOf: tick, ...batch }),
          listDue: (batch) => sessions.listDue({ asOf: tick, ...batch }),
        });
      },
    },
    {
      name: 'lists the sessions of a player alone, newest start first, in pages',
      check: async (create, property) => {
        const players = fc.constantFrom(userId('ada'), userId('bob'));
        const crowds = sessionCrowds(tick, { maxLength: 8 }).chain((crowd) =>
          fc
            .array(fc.record({ userId: players, back: fc.integer({ min: 0, max: 3 }) }), {
              minLength: crowd.length,
              maxLength: crowd.length,
            })
            .map((changes) =>
              crowd.map((session, index): QuizSession => ({
                ...session,
                userId: changes[index]!.userId,
                // Several start at the same instant.
                startedAt: addMs(tick, -MINUTE_MS * changes[index]!.back),
              })),
            ),
        );
        await fc.assert(
          fc.asyncProperty(crowds, fc.integer({ min: 1, max: 7 }), async (crowd, limit) => {
            const harness = await create();
            await storeSessions(harness, crowd);
            for (const player of ['ada', 'bob', 'nobody'].map(userId)) {
              const listed = await allPages(
                (before?: QuizSession) =>
                  harness.sessions.listOf(player, { limit, ...(before && { before }) }),
                limit,
              );
              deepEqual(
                listed,
                sorted(crowd)
                  .filter((session) => session.userId === player)
                  .toSorted((a, b) => b.startedAt - a.startedAt),
              );
            }
          }),
          property,
        );
      },
    },
    {
      name: 'rolls back a batch and its events when the transaction fails',
      check: async (create) => {
        const harness = await create();
        await storeSessions(harness, [due('a')]);
        const failing = harness.transactions.run(async (tx) => {
          await harness.sessions.expireDue(tx, { asOf: tick, after: null, limit: 10 });
          equal((await harness.sessions.find(sessionId('a'), tx))?.status, 'expired');
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await everySession(harness), [due('a')]);
        deepEqual(await writtenEvents(harness.outbox), []);
      },
    },
    {
      name: 'rejects a transaction of another store for a batch',
      check: async (create) => {
        const { sessions } = await create();
        const batch = { asOf: tick, after: null, limit: 1 };
        await refuseForeignTransaction((tx) => sessions.expireDue(tx, batch));
      },
    },
    {
      name: 'law 2: starts, completions and cleanup runs in any order give the result of the rules alone',
      check: differentialSessions,
    },
    {
      name: 'law 4: a completion racing with cleanup runs ends completed or expired, and the event agrees',
      needs: 'concurrent',
      check: racingCompletions,
    },
    {
      name: 'law 4: a cleanup run concurrent with a completion waits, and does not expire what was completed',
      needs: 'concurrent',
      check: completionBeforeSweep,
    },
    {
      name: 'law 4: a completion concurrent with a cleanup run waits, and is refused if the session expired',
      needs: 'concurrent',
      check: sweepBeforeCompletion,
    },
  ]);
}

/** Returns an active session that expires at {@link tick}. */
function due(id: string): QuizSession {
  return {
    id: sessionId(id),
    userId: userId('ada'),
    status: 'active',
    startedAt: addMs(tick, -10 * MINUTE_MS),
    expiresAt: tick,
    completedAt: null,
  };
}

function manyDue(count: number): readonly QuizSession[] {
  return Array.from({ length: count }, (_, index) => due(`s${index}`));
}

function chosen(harness: SessionsHarness): ChosenSweep<QuizSession> {
  const { transactions, sessions } = harness;
  return {
    transactions,
    sweep: (tx, batch) => sessions.expireDue(tx, { asOf: tick, ...batch }),
    due: (batch) => sessions.listDue({ asOf: tick, ...batch }),
    everybody: () => everySession(harness),
  };
}

/** Writes to every fifth session without changing it, like an update of an unrelated column. */
async function rewrite(
  { transactions, sessions }: SessionsHarness,
  crowd: readonly QuizSession[],
): Promise<void> {
  await transactions.run(async (tx) => {
    for (const { id } of crowd.filter((_, index) => index % 5 === 0)) {
      await sessions.change(tx, id, (state) => ({ result: null, ...(state && { state }) }));
    }
  });
}

function expired(crowd: readonly QuizSession[]): readonly QuizSession[] {
  return sorted(crowd.map((session) => expireSession(session, tick).state));
}

function abandonments(crowd: readonly QuizSession[]): readonly DomainEvent[] {
  return byKey(crowd.flatMap((session) => expireSession(session, tick).events));
}

function sorted(crowd: readonly QuizSession[]): readonly QuizSession[] {
  return [...crowd].sort((a, b) => compareBytewise(a.id, b.id));
}
