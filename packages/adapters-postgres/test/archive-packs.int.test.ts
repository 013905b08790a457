import { addMs, instant, userId, type Board, type Json, type Standing, type UserId } from '@gamekeeper/core';
import { boundedPeriodAt, defineBoards } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstRelease } from '../../../test/first-release.ts';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresStandingsArchive } from '../src/index.ts';
import { idsWithEqualHashes } from './equal-hashes.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const board = defineBoards().find(({ key }) => key === 'weekly')!;
const period = boundedPeriodAt(board, instant('2026-11-16T12:00:00Z'))!;
const next = boundedPeriodAt(board, period.endsAt)!;
const closed = { board, period: period.key };

describe('an archive in packs', () => {
  const harness = new PostgresHarness({ memory: true });
  const { database } = harness;
  const { tables } = database;
  beforeAll(() => database.open());
  afterAll(() => database.close());

  type Store = Awaited<ReturnType<PostgresHarness['empty']>>;
  const query = async <Row>(statement: RawBuilder<Row>): Promise<readonly Row[]> =>
    (await database.within(undefined, (db) => statement.execute(db))).rows;

  /** A sealed week in which each of these has a score, the first the highest. */
  async function sealed(ids: readonly UserId[]): Promise<Store> {
    const store = await harness.empty();
    await query(sql`
      insert into ${tables.periods} (board, period, starts_at, ends_at, sealed_at)
      select ${board.key}, ${period.key}, ends_at - interval '7 days', ends_at, ends_at
      from (select ${new Date(period.endsAt).toISOString()}::timestamptz as ends_at) as span
    `);
    await query(sql`
      insert into ${tables.rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select ${board.key}, ${period.key}, id, 'Player ' || position, 10000 - position, now(), position
      from unnest(${ids}::text[]) with ordinality as player (id, position)
    `);
    return store;
  }

  async function archive(store: Store, limit: number): Promise<void> {
    for (let after: unknown = null, first = true; first || after !== null; first = false) {
      const batch = { board, period, after: after as null, limit };
      const { next: to } = await store.transactions.run((tx) => store.periodResets.archive(tx, batch));
      after = to;
    }
  }

  it('tells players apart whose ids have the same hash', async () => {
    const ids = await idsWithEqualHashes(database, 3);
    expect(ids.length).toBeGreaterThan(0);
    const store = await sealed([...ids, userId('ada')]);
    await archive(store, 4);
    for (const [index, id] of ids.entries())
      expect(await store.archive.find(closed, id)).toMatchObject({ userId: id, rank: index + 1 });
    const [first, second] = ids;
    const nobody = { userId: userId('nobody'), username: 'Nobody' };
    await store.transactions.run((tx) => store.playerRecords.erase(tx, first!, nobody));
    expect(await store.archive.find(closed, first!)).toBeNull();
    expect(await store.archive.find(closed, second!)).toMatchObject({ userId: second, rank: 2 });
    expect(await store.archive.find(closed, nobody.userId)).toMatchObject({ ...nobody, rank: 1 });
  });

  it('is written anew after a run that has left a part of it', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => userId(`player ${index}`));
    const store = await sealed(ids);
    const begun = { board, period, after: null, limit: 90 };
    const { next: after } = await store.transactions.run((tx) => store.periodResets.archive(tx, begun));
    await store.transactions.run((tx) => store.periodResets.archive(tx, { ...begun, after }));
    await archive(store, 70);
    const all = await store.archive.list(closed, { limit: 1_000 });
    expect(all.map(({ userId: id, rank }) => [id, rank])).toEqual(ids.map((id, index) => [id, index + 1]));
    expect((await store.periods.find(board, period.key))?.players).toBe(ids.length);
    // Late, with a checkpoint that the first run had.
    await store.transactions.run((tx) => store.periodResets.archive(tx, { ...begun, after }));
    expect(await store.archive.list(closed, { limit: 1_000 })).toEqual(all);
  });

  it('ignores a batch of a run that another one has overtaken', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => userId(`player ${index}`));
    const store = await sealed(ids);
    const batch = (after: Json, limit: number) =>
      store.transactions.run((tx) => store.periodResets.archive(tx, { board, period, after, limit }));
    const old = await batch(null, 90);
    let { next: after } = await batch(null, 120);
    expect(await batch(old.next, 90)).toEqual({ processed: 0, next: null });
    expect((await store.periods.find(board, period.key))?.players).toBeNull();
    while (after !== null) ({ next: after } = await batch(after, 120));
    const all = await store.archive.list(closed, { limit: 1_000 });
    expect(all.map(({ userId: id, rank }) => [id, rank])).toEqual(ids.map((id, index) => [id, index + 1]));
    expect((await store.periods.find(board, period.key))?.players).toBe(ids.length);
  });

  it('has a row for each standing in the view leaderboard_archive', async () => {
    const ids = Array.from({ length: 130 }, (_, index) => userId(`player ${index}`));
    const store = await sealed(ids);
    await archive(store, 60);
    const view = sql.table(`${database.schema}.leaderboard_archive`);
    const rows = await query(
      sql<
        Record<string, unknown>
      >`select user_id, username, rank::int as rank, score::int as score from ${view}
        where board = ${board.key} and period = ${period.key} order by rank`,
    );
    expect(rows).toEqual(
      ids.map((id, index) => ({
        user_id: id,
        username: `Player ${index + 1}`,
        rank: index + 1,
        score: 10_000 - index - 1,
      })),
    );
  });

  it('puts several erased players into one pack and one bucket', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => userId(`player ${index}`));
    const store = await sealed(ids);
    await archive(store, 1_000);
    for (const [index, id] of ids.entries()) {
      const nobody = { userId: userId(`nobody ${index}`), username: 'Nobody' };
      await store.transactions.run((tx) => store.playerRecords.erase(tx, id, nobody));
    }
    for (const [index, id] of ids.entries()) {
      expect(await store.archive.find(closed, id)).toBeNull();
      const standing = await store.archive.find(closed, userId(`nobody ${index}`));
      expect(standing).toMatchObject({ rank: index + 1, score: 10_000 - index - 1, username: 'Nobody' });
    }
    const [{ named } = { named: -1 }] = await query(sql<{ named: number }>`
      select count(*)::int as named from ${tables.archivePacks} where user_ids::text like '%player%'
    `);
    expect(named).toBe(0);
  });
});

describeWithPostgres('an archive of 0.1.0, on a server', (url) => {
  it('keeps each standing, and each is found', async () => {
    const schema = testSchema();
    const database = new PostgresDatabase({ url, schema, poolSize: 2 });
    const janitor = new PostgresDatabase({ url, schema: testSchema(), poolSize: 2 });
    await janitor.open();
    const run = async <Row>(text: string): Promise<readonly Row[]> =>
      (await janitor.within(undefined, (db) => sql.raw<Row>(text).execute(db))).rows;
    try {
      await run(`create schema "${schema}"; ${firstRelease(schema)}`);
      await run(`
        insert into "${schema}".leaderboard_archive
        select 'weekly', '${next.key}', 'player ' || n, n, 'Player ' || n, 70000 - n,
          case when n % 10 > 0 then timestamptz '${new Date(addMs(next.endsAt, -1)).toISOString()}' end
        from generate_series(1, 60250) as n
      `);
      // Deleted by hand, before there was anything else to erase a player with.
      await run(
        `delete from "${schema}".leaderboard_archive where user_id in ('player 50', 'player 7700', 'player 7701')`,
      );
      const role = `reader_${schema}`;
      await run(`create role "${role}"; grant select on "${schema}".leaderboard_archive to "${role}"`);
      await database.open();
      const standings = new PostgresStandingsArchive(database);
      const at: { readonly board: Board; readonly period: string } = { board, period: next.key };
      const expected = (rank: number): Standing => ({
        rank,
        userId: userId(`player ${rank}`),
        username: `Player ${rank}`,
        score: 70_000 - rank,
        lastXpAt: rank % 10 > 0 ? addMs(next.endsAt, -1) : null,
      });
      for (const rank of [1, 2, 100, 101, 7_777, 49_999, 50_000, 50_001, 60_250])
        expect(await standings.find(at, userId(`player ${rank}`))).toEqual(expected(rank));
      const last = await standings.list(at, { afterRank: 60_150, limit: 500 });
      expect(last).toEqual(Array.from({ length: 100 }, (_, index) => expected(60_151 + index)));
      expect(await standings.find(at, userId('ada'))).toBeNull();
      for (const rank of [49, 51, 99, 7_699, 7_702, 7_800])
        expect(await standings.find(at, userId(`player ${rank}`))).toEqual(expected(rank));
      for (const rank of [50, 7_700]) expect(await standings.find(at, userId(`player ${rank}`))).toBeNull();
      const around = await standings.list(at, { afterRank: 48, limit: 3 });
      expect(around).toEqual([49, 51, 52].map(expected));
      const beyond = await standings.list(at, { afterRank: 7_698, limit: 3 });
      expect(beyond).toEqual([7_699, 7_702, 7_703].map(expected));
      const [may] = await run(
        `select has_table_privilege('${role}', '"${schema}".leaderboard_archive', 'select') as read`,
      );
      expect(may).toEqual({ read: true });
      await run(`drop owned by "${role}"; drop role "${role}"`);
      expect(await standings.find({ board, period: '2026-W44' }, userId('ada'))).toMatchObject({ rank: 4 });
    } finally {
      await database.close();
      await run(`drop schema if exists "${schema}" cascade`);
      await janitor.dropSchema();
      await janitor.close();
    }
  });
});
