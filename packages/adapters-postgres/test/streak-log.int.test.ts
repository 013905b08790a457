import {
  DAY_MS,
  addMs,
  defaultStreakRules,
  instant,
  userId,
  type Instant,
  type UserId,
} from '@gamekeeper/core';
import { freshStreak, streakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idsWithEqualHashes } from './equal-hashes.ts';
import { PostgresHarness } from './postgres-harness.ts';

const midnight = instant('2026-11-24T00:00:00Z');
const nights = [0, 1, 2].map((days) => addMs(midnight, days * DAY_MS));

type Store = Awaited<ReturnType<PostgresHarness['empty']>>;

describe('the log of ticks that judged many players', () => {
  const harness = new PostgresHarness({ memory: true });
  const { database } = harness;
  const { tables } = database;
  beforeAll(() => database.open());
  afterAll(() => database.close());

  const query = async <Row>(statement: RawBuilder<Row>): Promise<readonly Row[]> =>
    (await database.within(undefined, (db) => statement.execute(db))).rows;

  /** Players with a streak of 7 and one protection, whose streak each night judges: protected, then broken. */
  async function judged(ids: readonly UserId[], limit: number): Promise<Store> {
    const store = await harness.empty();
    const lastQuizAt = addMs(midnight, -3 * DAY_MS);
    await store.transactions.run(async (tx) => {
      for (const id of ids) {
        const state = {
          ...freshStreak(id, defaultStreakRules),
          currentStreak: 7,
          longestStreak: 7,
          lastQuizAt,
          protections: 1,
        };
        await store.streaks.change(tx, id, () => ({ state, result: null }));
      }
    });
    for (const night of nights) await judge(store, night, limit);
    return store;
  }

  async function judge(store: Store, night: Instant, limit: number): Promise<void> {
    const tick = streakTick(night, 'UTC', defaultStreakRules);
    for (let after: unknown = null, first = true; first || after !== null; first = false) {
      const batch = { tick, after: after as null, limit };
      ({ next: after } = await store.transactions.run((tx) => store.streaks.evaluateDue(tx, batch)));
    }
  }

  const kindsOf = async (store: Store, id: UserId): Promise<readonly unknown[]> =>
    (await store.playerLog.read(id, { limit: 10 })).map(({ at, kind }) => [at, kind]);
  const both = [
    [nights[1], 'streak-broken'],
    [nights[0], 'streak-protected'],
  ];

  it('is read for each player, newest first, page by page', async () => {
    const ids = Array.from({ length: 700 }, (_, index) => userId(`player ${index}`));
    const store = await judged(ids, 300);
    for (const id of ids.filter((_, index) => index % 50 === 0))
      expect(await kindsOf(store, id)).toEqual(both);
    const [newest] = await store.playerLog.read(ids[7]!, { limit: 1 });
    expect(newest).toMatchObject({ at: nights[1], details: { lostStreak: 7, appliedBy: 'job' } });
    const { at, entry } = newest!;
    const [older, ...none] = await store.playerLog.read(ids[7]!, { before: { at, entry }, limit: 5 });
    expect(older).toMatchObject({ at: nights[0], details: { currentStreak: 7, protectionsLeft: 0 } });
    expect(none).toEqual([]);
    expect(await kindsOf(store, userId('player 700'))).toEqual([]);
    const [{ rows } = { rows: -1 }] = await query(
      sql<{ rows: number }>`select count(*)::int as rows from ${tables.streakLog}`,
    );
    expect(rows).toBeLessThan(1_400);
  });

  it('tells players apart whose ids have the same hash, also after one was erased', async () => {
    const ids = await idsWithEqualHashes(database, 2);
    expect(ids.length).toBeGreaterThan(0);
    const store = await judged(ids, 100);
    for (const id of ids) expect(await kindsOf(store, id)).toEqual(both);
    const [first, ...others] = ids;
    const erase = () =>
      store.transactions.run((tx) =>
        store.playerRecords.erase(tx, first!, { userId: userId('nobody'), username: 'Nobody' }),
      );
    expect(await erase()).toBe(true);
    expect(await erase()).toBe(false);
    expect(await kindsOf(store, first!)).toEqual([]);
    for (const id of others) expect(await kindsOf(store, id)).toEqual(both);
    const named = await query(sql`select from ${tables.streakLog} where user_ids::text like ${`%${first}%`}`);
    expect(named).toEqual([]);
  });

  it('is pruned by age with the rest of the log, up to a limit', async () => {
    const store = await judged([userId('ada'), userId('bob')], 100);
    const entry = {
      userId: userId('ada'),
      at: midnight,
      entry: 'name:1',
      kind: 'renamed',
      details: { before: 'Ada', username: 'Countess' },
    } as const;
    await store.transactions.run((tx) => store.playerLog.append(tx, [entry]));
    const prune = (before: Instant, limit: number): Promise<number> =>
      store.transactions.run((tx) => store.playerLog.prune(tx, { before, limit }));
    expect(await prune(addMs(store.now(), -1), 10)).toBe(0);
    const counts: number[] = [];
    do counts.push(await prune(addMs(store.now(), 1), 2));
    while (counts.at(-1) === 2);
    expect(counts.length).toBeGreaterThan(1);
    for (const id of ['ada', 'bob']) expect(await kindsOf(store, userId(id))).toEqual([]);
    expect(await query(sql`select from ${tables.streakLog}`)).toEqual([]);
  });
});
