import {
  DAY_MS,
  addMs,
  defaultLivesRules as rules,
  defaultSessionRules as sessionRules,
  instant,
  sessionId,
  userId,
  type DomainEvent,
  type UserId,
} from '@gamekeeper/core';
import type { PartitionClaim, StoredEvent } from '@gamekeeper/core/ports';
import { beginSession, livesRefilled } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresHarness } from '../../test/postgres-harness.ts';

const tick = instant('2026-11-24T12:00:00Z');
const LEASE_MS = 30_000;

type Store = Awaited<ReturnType<PostgresHarness['empty']>>;

function crowdOf(count: number): readonly UserId[] {
  return Array.from({ length: count }, (_, player) => userId(`player-${player}`));
}

const keysOf = (events: readonly DomainEvent[]): readonly string[] => events.map(({ key }) => key);

describe('the events of a run', () => {
  const harness = new PostgresHarness({ memory: true });
  beforeAll(() => harness.database.open());
  afterAll(() => harness.database.close());

  /** Players who become full at a tick, and the events of their run. */
  async function refill(
    { lives, transactions }: Store,
    players: readonly UserId[],
    at = tick,
  ): Promise<void> {
    const due = { currentLives: rules.maxLives - 1, lastRegenAt: null, nextRegenAt: addMs(at, -1) };
    await transactions.run(async (tx) => {
      for (const id of players)
        await lives.change(tx, id, () => ({ state: { userId: id, ...due }, result: undefined }));
      await lives.regenerateDue(tx, { asOf: at, rules, after: null, limit: 10_000 });
    });
  }

  /** Two quizzes of each player that expire. */
  async function abandon({ sessions, transactions }: Store, players: readonly UserId[]): Promise<void> {
    await transactions.run(async (tx) => {
      for (const [index, id] of [...players, ...players].entries()) {
        const state = beginSession(sessionId(`quiz-${index}`), id, addMs(tick, -DAY_MS), sessionRules);
        await sessions.change(tx, state.id, () => ({ state, result: undefined }));
      }
      await sessions.expireDue(tx, { asOf: tick, after: null, limit: 10_000 });
    });
  }

  /** Claims and delivers everything, so many events at a time. */
  async function deliverAll({ outboxPartitions }: Store, limit: number): Promise<readonly StoredEvent[]> {
    const delivered: StoredEvent[] = [];
    for (;;) {
      const claim = await outboxPartitions.claim({ instanceId: 'a', leaseMs: LEASE_MS, limit });
      if (!claim) return delivered;
      expect(claim.events.length).toBeLessThanOrEqual(limit);
      delivered.push(...claim.events);
      await outboxPartitions.complete(claim, { kind: 'released', delivered: claim.events.length });
    }
  }

  async function rows(): Promise<number> {
    const { outbox } = harness.database.tables;
    const { rows: found } = await harness.database.within(undefined, (db) =>
      sql<{ count: number }>`select count(*)::int as count from ${outbox}`.execute(db),
    );
    return found[0]!.count;
  }

  it('take a row for each partition, and are read, counted, delivered and removed one by one', async () => {
    const store = await harness.empty();
    const crowd = crowdOf(100);
    await refill(store, crowd);
    expect(await rows()).toBeLessThanOrEqual(16);
    const expected = crowd.map((id) => livesRefilled(id, tick));
    const stored = await store.outbox.list({ limit: 1_000 });
    const byKey = (a: DomainEvent, b: DomainEvent): number => (a.key < b.key ? -1 : 1);
    expect(stored.map(({ id: _id, ...event }) => event).toSorted(byKey)).toEqual(expected.toSorted(byKey));
    expect(await store.outbox.countByType()).toEqual({ LivesRefilled: 100 });
    expect((await store.outboxPartitions.lag()).pending).toBe(100);

    expect(keysOf(await deliverAll(store, 3)).toSorted()).toEqual(keysOf(expected).toSorted());
    expect((await store.outboxPartitions.lag()).pending).toBe(0);
    expect((await store.outbox.newest({ limit: 200 })).every(({ deliveredAt }) => deliveredAt !== null)).toBe(
      true,
    );
    const before = addMs(store.now(), 1);
    expect(await store.transactions.run((tx) => store.outbox.prune(tx, { before, limit: 1_000 }))).toBe(100);
    expect(await rows()).toBe(0);
  });

  it('are listed in pages of any size among single events, in both directions', async () => {
    const store = await harness.empty();
    await refill(store, crowdOf(40));
    const single = livesRefilled(userId('ada'), tick);
    await store.transactions.run((tx) => store.outbox.append(tx, [single]));
    await refill(store, crowdOf(40), addMs(tick, 3_600_000));
    const all = await store.outbox.list({ limit: 1_000 });
    expect(new Set(keysOf(all)).size).toBe(81);
    expect(all.map(({ id }) => Number(id))).toEqual(
      all.map(({ id }) => Number(id)).toSorted((a, b) => a - b),
    );
    for (const limit of [1, 7, 80]) {
      const paged: StoredEvent[] = [];
      for (let page = await store.outbox.list({ limit }); page.length > 0;) {
        paged.push(...page);
        page = await store.outbox.list({ limit, after: page.at(-1)!.id });
      }
      expect(paged).toEqual(all);
      const newest: StoredEvent[] = [];
      for (let page = await store.outbox.newest({ limit }); page.length > 0;) {
        newest.push(...page.map(({ deliveredAt: _deliveredAt, ...event }) => event));
        page = await store.outbox.newest({ limit, before: page.at(-1)!.id });
      }
      expect(newest.toReversed()).toEqual(all);
    }
  });

  it('are each delivered once and in order, whatever part of a claim is delivered and whoever reports it late', async () => {
    const outcomes = fc.array(
      fc.record({
        limit: fc.integer({ min: 1, max: 12 }),
        delivered: fc.double({ min: 0, max: 1, noNaN: true }),
        how: fc.constantFrom('released', 'renewed', 'expired', 'expired, reported late'),
      }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(outcomes, async (steps) => {
        const store = await harness.empty();
        await refill(store, crowdOf(60));
        const delivered: StoredEvent[] = [];
        const late: { readonly claim: PartitionClaim; readonly count: number }[] = [];
        for (const { limit, delivered: share, how } of steps) {
          const claim = await store.outboxPartitions.claim({ instanceId: how, leaseMs: LEASE_MS, limit });
          if (!claim) break;
          const count = Math.round(claim.events.length * share);
          if (how.startsWith('expired')) {
            await store.passTime(LEASE_MS + 1);
            if (how === 'expired, reported late') late.push({ claim, count });
          } else {
            delivered.push(...claim.events.slice(0, count));
            if (how === 'renewed')
              await store.outboxPartitions.renew(claim, { leaseMs: LEASE_MS, delivered: count });
            await store.outboxPartitions.complete(claim, { kind: 'released', delivered: count });
          }
        }
        for (const { claim, count } of late) {
          await store.outboxPartitions.complete(claim, { kind: 'released', delivered: count });
        }
        const reported = new Set([
          ...keysOf(delivered),
          ...late.flatMap(({ claim, count }) => keysOf(claim.events.slice(0, count))),
        ]);
        await store.passTime(LEASE_MS + 1);
        const rest = await deliverAll(store, 5);
        // Nothing that was reported as delivered is delivered again, and nothing else is left out.
        expect(keysOf(rest).filter((key) => reported.has(key))).toEqual([]);
        expect([...reported, ...keysOf(rest)].toSorted()).toEqual(
          crowdOf(60)
            .map((id) => livesRefilled(id, tick).key)
            .toSorted(),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('are erased with their player, delivered or not, while the others keep their ids and are delivered', async () => {
    const store = await harness.empty();
    const crowd = crowdOf(60);
    await refill(store, crowd);
    await abandon(store, crowd);
    const all = await store.outbox.list({ limit: 1_000 });
    const claim = await store.outboxPartitions.claim({ instanceId: 'a', leaseMs: LEASE_MS, limit: 3 });
    const delivered = claim!.events.slice(0, 2);
    await store.outboxPartitions.complete(claim!, { kind: 'released', delivered: 2 });

    // One who was told, the one after, and a whole partition.
    const partition = claim!.events.map(({ payload }) => userId(String(payload['userId'])));
    const lane = await store.outboxPartitions.claim({
      instanceId: 'a',
      leaseMs: LEASE_MS,
      limit: 1_000,
      except: [claim!.partition],
    });
    await store.outboxPartitions.complete(lane!, { kind: 'released', delivered: 0 });
    const gone = new Set<string>([
      ...partition.slice(1),
      ...lane!.events.map(({ payload }) => String(payload['userId'])),
    ]);
    for (const id of gone)
      await store.transactions.run((tx) =>
        store.playerRecords.erase(tx, userId(id), { userId: userId('erased'), username: 'erased' }),
      );

    const left = all.filter(({ payload }) => !gone.has(String(payload['userId'])));
    expect(await store.outbox.list({ limit: 1_000 })).toEqual(left);
    const counts = Object.values(await store.outbox.countByType());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(left.length);
    const told = new Set(keysOf(delivered));
    expect(keysOf(await deliverAll(store, 4)).toSorted()).toEqual(
      keysOf(left)
        .filter((key) => !told.has(key))
        .toSorted(),
    );
    expect((await store.outboxPartitions.lag()).pending).toBe(0);
  });
});
