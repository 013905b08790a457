import {
  DAY_MS,
  HOUR_MS,
  addMs,
  awardId,
  defaultSessionRules,
  defaultStreakRules,
  instant,
  sessionId,
  userId,
  type Transaction,
} from '@gamekeeper/core';
import { beginSession, boundedPeriodAt, defineBoards, freshStreak, streakTick } from '@gamekeeper/core/game';
import { IsolationLevel, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { postgresTransaction } from '../src/index.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const monday = instant('2026-11-23T00:00:00Z');
const board = defineBoards().find(({ key }) => key === 'weekly')!;
const [period, to] = [addMs(monday, -1), monday].map((at) => boundedPeriodAt(board, at)!) as [
  NonNullable<ReturnType<typeof boundedPeriodAt>>,
  NonNullable<ReturnType<typeof boundedPeriodAt>>,
];
const erased = userId('somebody-to-be-erased');
const others = ['ada', 'bob', 'zoe'].map((name) => userId(name));
const nobody = { userId: userId('nobody'), username: 'Nobody' };

type Store = Awaited<ReturnType<PostgresHarness['empty']>>;

/** What may be writing about a player, uncommitted. */
const writers: Readonly<Record<string, (store: Store, tx: Transaction) => Promise<unknown>>> = {
  'the archive of a reset': ({ periodResets }, tx) =>
    periodResets.archive(tx, { board, period, after: null, limit: 10 }),
  'the carry-over of a reset': ({ periodResets }, tx) =>
    periodResets.carryOver(tx, { board, period, to, after: null, limit: 10 }),
  'a tick of streaks': ({ streaks }, tx) =>
    streaks.evaluateDue(tx, { tick: streakTick(monday, 'UTC', defaultStreakRules), after: null, limit: 10 }),
  "an operator's change": async ({ playerRecords, players, outbox }, tx) => {
    await playerRecords.hold(tx, erased);
    await players.upsert(tx, { userId: erased, username: 'Renamed', protections: 0 });
    await outbox.append(tx, [
      { type: 'PlayerAdjusted', key: 'PlayerAdjusted:1', occurredAt: monday, payload: { userId: erased } },
    ]);
  },
  'a tick of sessions': ({ sessions }, tx) =>
    sessions.expireDue(tx, { asOf: monday, after: null, limit: 10 }),
};

describeWithPostgres('an erasure at the same time as', (url) => {
  const schema = testSchema();
  // By this name, its connections are found.
  const named = new URL(url);
  named.searchParams.set('application_name', schema);
  const harness = new PostgresHarness({ url: named.href, schema, poolSize: 6 });
  const { database } = harness;
  let store: Store;

  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });
  beforeEach(async () => {
    store = await harness.empty();
    await store.transactions.run(async (tx) => {
      for (const [index, id] of [erased, ...others].entries()) {
        await store.players.upsert(tx, { userId: id, username: `Name of ${id}`, protections: 0 });
        const award = {
          awardId: awardId(`for ${id}`),
          userId: id,
          amount: 10 - index,
          earnedAt: addMs(monday, -1),
        };
        await store.awards.record(tx, award, [board]);
        const streak = {
          currentStreak: 3,
          longestStreak: 3,
          lastQuizAt: addMs(monday, -3 * DAY_MS),
          protections: 0,
        };
        const state = { ...freshStreak(id, defaultStreakRules), ...streak };
        await store.streaks.change(tx, id, () => ({ state, result: null }));
        const session = beginSession(
          sessionId(`of ${id}`),
          id,
          addMs(monday, -5 * HOUR_MS),
          defaultSessionRules,
        );
        await store.sessions.change(tx, session.id, () => ({ state: session, result: null }));
      }
    });
    await store.passTime(monday - store.now());
    await store.transactions.run((tx) => store.periodResets.seal(tx, { board, period }, monday));
    await store.transactions.run((tx) => store.periods.open(tx, board, monday));
  });

  /** The tables in which the player still is. */
  async function traces(): Promise<readonly string[]> {
    const { rows } = await database.within(undefined, (db) =>
      sql<{ name: string }>`
        select tablename as name from pg_tables where schemaname = ${schema}
          and (xpath('/row/found/text()', query_to_xml(format(
            'select count(*) as found from %I.%I as t where t::text like %L', schemaname, tablename, ${`%${erased}%`}::text
          ), false, true, '')))[1]::text <> '0'
      `.execute(db),
    );
    return rows.map(({ name }) => name);
  }

  async function waitingForLocks(): Promise<number> {
    const { rows } = await database.within(undefined, (db) =>
      sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity
        where application_name = ${schema} and wait_event_type = 'Lock'
      `.execute(db),
    );
    return rows[0]!.count;
  }

  it.each(Object.entries(writers))('%s waits for it, and leaves nothing of the player', async (_, write) => {
    let commit = (): void => undefined;
    const held = new Promise<void>((resolve) => (commit = resolve));
    let hasWritten = (): void => undefined;
    const written = new Promise<void>((resolve) => (hasWritten = resolve));
    const writing = store.transactions.run(async (tx) => {
      await write(store, tx);
      hasWritten();
      await held;
    });
    await written;
    const erasing = store.transactions.run((tx) => store.playerRecords.erase(tx, erased, nobody));
    try {
      await expect.poll(waitingForLocks, { timeout: 10_000 }).toBeGreaterThan(0);
    } finally {
      commit();
      await writing;
    }
    expect(await erasing).toBe(true);
    expect(await traces()).toEqual([]);
  });

  describe('a transaction of a host that keeps its snapshot', () => {
    it.each(Object.entries(writers))(
      '%s: it fails, and leaves nothing when it is repeated',
      async (_, write) => {
        const orm = await MikroORM.init({
          clientUrl: url,
          entities: [],
          discovery: { warnWhenNoEntities: false },
        });
        try {
          const erase = (meanwhile: () => Promise<unknown>): Promise<boolean> =>
            orm.em.fork().transactional(
              async (em) => {
                await em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
                await meanwhile();
                return store.playerRecords.erase(postgresTransaction(em), erased, nobody);
              },
              { isolationLevel: IsolationLevel.REPEATABLE_READ },
            );
          const racing = erase(() => store.transactions.run((tx) => write(store, tx)));
          await expect(racing).rejects.toMatchObject({
            code: expect.stringMatching(/40001|TRANSACTION_CONFLICT/) as string,
          });
          expect(await erase(async () => undefined)).toBe(true);
          expect(await traces()).toEqual([]);
        } finally {
          await orm.close();
        }
      },
    );
  });
});
