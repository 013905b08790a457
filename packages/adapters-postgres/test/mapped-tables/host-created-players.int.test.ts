import {
  addMs,
  awardId,
  defaultLivesRules as rules,
  defaultStreakRules,
  instant,
  localDate,
  userId,
  type Json,
  type Lives,
  type UserId,
} from '@gamekeeper/core';
import type { PlayerHistory } from '@gamekeeper/core/ports';
import { defineBoards, evaluateStreak, regenerate, streakTick } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import type { LivesMapping, ProgressMapping, TableMapping } from '../../src/index.ts';
import type { Store } from '../engine-on.ts';
import { PostgresHarness, testSchema } from '../postgres-harness.ts';
import { GameSchema } from './game-schema.ts';

const tick = instant('2026-11-24T12:00:00Z');
const historyOf = (index: number): PlayerHistory => ({
  userId: userId(uuid(index)),
  username: 'of the import',
  xp: 30,
  lastXpAt: tick,
  periodXp: {},
  currentStreak: 3,
  longestStreak: 3,
  lastQuizAt: tick,
  protections: 1,
  currentLives: 0,
  nextRegenAt: null,
});
const uuid = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

describeWithPostgres('players whose rows the host creates, with UUIDs', (url) => {
  const game = new GameSchema(url);
  const lives: LivesMapping = {
    table: `${game.name}.players`,
    id: { column: 'id', type: 'uuid' },
    columns: {
      currentLives: 'lives',
      lastRegenAt: 'gained_at',
      nextRegenAt: 'refill_at',
      // Of another maximum than that of the rules: they may change.
      fullLives: 'full_lives',
    },
    touch: { updated_at: 'now', version: 'increment' },
    hostCreatesRows: true,
  };
  const progress: ProgressMapping = {
    ...lives,
    columns: {
      username: 'name',
      xp: 'points',
      currentStreak: 'streak',
      longestStreak: 'best',
      lastQuizAt: 'played_at',
      protections: 'freezes',
      evaluatedOn: 'judged_on',
    },
  };
  const harness = new PostgresHarness({
    url,
    schema: testSchema(),
    poolSize: 6,
    tables: { lives, progress },
  });
  let store: Store;

  beforeAll(async () => {
    await game.open(`
      create table {players} (
        id uuid primary key, email text not null, lives int not null default 5, gained_at timestamptz,
        refill_at timestamptz, full_lives int generated always as (case when lives >= 4 then 4 end) stored,
        name text not null default 'A player', points int not null default 0, streak int not null default 0,
        best int not null default 0, played_at timestamptz, freezes int not null default 2, judged_on date,
        updated_at timestamptz not null default '2000-01-01', version int not null default 1
      );
      create index on {players} (id) where full_lives is null;
      create index on {players} (full_lives) where full_lives is not null;
    `);
    await harness.database.open();
  });
  beforeEach(async () => {
    store = await harness.empty();
  });
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
    await game.close();
  });

  /** Players with 0 to 5 lives in turn, whose timers have ended, but for every seventh. */
  const crowd = (count: number): Promise<unknown> =>
    game.run(`
      insert into {players} (id, email, lives, refill_at)
      select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.com', n % 6,
        timestamptz '2026-11-24T12:00:00Z' + case when n % 7 = 0 then interval '1 ms' else interval '-1 ms' end
      from generate_series(1, ${count}) as n
    `);

  it.each([1, 7, 100, 10_000])('get their lives as the rule says, in batches of %i', async (limit) => {
    await crowd(300);
    const before = await store.lives.list({ limit: 1_000 });
    expect(before.map(({ userId: id }) => id)).toEqual(before.map((_, index) => uuid(index + 1)));
    const expected = before.map((one): Lives => regenerate(one, tick, rules).state);
    const due = before.filter((one, index) => one.currentLives !== expected[index]!.currentLives);

    let processed = 0;
    let after: Json = null;
    do {
      const batch = await store.transactions.run((tx) =>
        store.lives.regenerateDue(tx, { asOf: tick, rules, after, limit }),
      );
      processed += batch.processed;
      after = batch.next;
    } while (after !== null);

    expect(processed).toBe(due.length);
    expect(await store.lives.list({ limit: 1_000 })).toEqual(expected);
    const touched = await game.run(
      `select id::text from {players} where version = 2 and updated_at > '2026-01-01' order by id`,
    );
    expect(touched.map(({ id }) => id)).toEqual(due.map(({ userId: id }) => id));
    const events = await store.outbox.list({ limit: 1_000 });
    const filled = due.filter(({ currentLives }) => currentLives === rules.maxLives - 1);
    expect(events.map(({ payload }) => (payload as { userId: string }).userId).sort()).toEqual(
      filled.map(({ userId: id }) => id),
    );
  });

  it('are found by id, in one spelling of it', async () => {
    await crowd(3);
    expect(await store.lives.find(userId(uuid(2)))).toMatchObject({ userId: uuid(2), currentLives: 2 });
    expect(await store.lives.find(userId(uuid(9)))).toBeNull();
    for (const other of ['ada', uuid(1).replaceAll('-', ''), 'A0000000-0000-4000-8000-000000000001'])
      await expect(store.lives.find(userId(other))).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        option: 'userId',
      });
  });

  it('are touched by every change, and never inserted', async () => {
    await crowd(1);
    const spend = (id: string): Promise<unknown> =>
      store.transactions.run((tx) =>
        store.lives.change(tx, userId(id), () => ({
          state: { userId: userId(id), currentLives: 0, lastRegenAt: null, nextRegenAt: addMs(tick, 1) },
          result: null,
        })),
      );
    await spend(uuid(1));
    expect(await game.run('select lives, version from {players}')).toEqual([{ lives: 0, version: 2 }]);
    await expect(spend(uuid(2))).rejects.toMatchObject({ code: 'PLAYER_ROW_MISSING' });
  });

  it('come onto the boards by an import, once, and keep their row', async () => {
    await crowd(2);
    await game.run(
      `update {players} set points = 40, streak = 3, best = 3, played_at = '2026-11-20T10:00:00Z' where name is not null`,
    );
    const board = defineBoards().find(({ key }) => key === 'global')!;
    const importAll = (): Promise<readonly UserId[]> =>
      store.transactions.run((tx) =>
        store.playerImport.importPlayers(tx, [1, 2, 3].map(historyOf), {
          boards: [board],
          at: tick,
          maxLives: 5,
          latestRegenAt: addMs(tick, 1),
          judgedThrough: localDate('UTC', tick),
          initialProtections: 2,
        }),
      );
    expect(await importAll()).toEqual([uuid(1), uuid(2)]);
    expect(await importAll()).toEqual([]);
    expect(await game.run('select points, judged_on::text as day, lives from {players} order by id')).toEqual(
      [
        { points: 40, day: '2026-11-24', lives: 1 },
        { points: 40, day: '2026-11-24', lives: 2 },
      ],
    );
    const { rows } = await harness.database.within(undefined, (db) =>
      sql`select user_id, score::int from ${harness.database.tables.rankings} order by user_id`.execute(db),
    );
    expect(rows).toEqual([
      { user_id: uuid(1), score: 30 },
      { user_id: uuid(2), score: 30 },
    ]);
  });

  it('lose or keep their streak at a tick, once a day', async () => {
    await crowd(40);
    await game.run(
      `update {players} set streak = 3, best = 3, played_at = '2026-11-20T10:00:00Z', freezes = length(email) % 2`,
    );
    const before = await store.streaks.list({ limit: 100 });
    const day = streakTick(instant('2026-11-24T00:00:00Z'), 'UTC', defaultStreakRules);
    for (let time = 0; time < 2; time += 1)
      await store.transactions.run((tx) =>
        store.streaks.evaluateDue(tx, { tick: day, after: null, limit: 100 }),
      );
    const expected = before.map((streak) => evaluateStreak(streak, day));
    expect(await store.streaks.list({ limit: 100 })).toEqual(expected.map(({ state }) => state));
    const events = await store.outbox.list({ limit: 100 });
    expect(events.map(({ key }) => key).sort()).toEqual(
      expected.flatMap((one) => one.events.map(({ key }) => key)).sort(),
    );
  });

  it('keep their row when they are erased', async () => {
    await crowd(1);
    const erased = await store.transactions.run((tx) =>
      store.playerRecords.erase(tx, userId(uuid(1)), { userId: userId('erased:1'), username: 'Erased' }),
    );
    expect(erased).toBe(false);
    expect(await game.run('select id from {players}')).toHaveLength(1);
  });
});

describeWithPostgres('lives and progress in one table of the host, with numbers as ids', (url) => {
  const game = new GameSchema(url);
  const players: TableMapping = {
    table: `${game.name}.players`,
    id: { column: 'user_id', type: 'bigint' },
    touch: { version: 'increment' },
    hostCreatesRows: true,
  };
  const harness = new PostgresHarness({
    url,
    schema: testSchema(),
    poolSize: 8,
    tables: {
      lives: {
        ...players,
        columns: { currentLives: 'lives', lastRegenAt: 'gained_at', nextRegenAt: 'refill_at' },
      },
      progress: {
        ...players,
        columns: {
          username: 'username',
          xp: 'amount',
          currentStreak: 'streak',
          longestStreak: 'best',
          lastQuizAt: 'played_at',
          protections: 'protections',
        },
      },
    },
  });
  let store: Store;

  beforeAll(async () => {
    // Names of columns that our own tables have, with another meaning.
    await game.open(`
      create table {players} (
        user_id bigint primary key, email text not null, lives int not null default 5, gained_at timestamptz,
        refill_at timestamptz, username text not null, amount bigint not null default 0, streak int not null default 0,
        best int not null default 0, played_at timestamptz, protections int not null default 2, evaluated_on text,
        version int not null default 1
      )
    `);
    await harness.database.open();
  });
  beforeEach(async () => {
    store = await harness.empty();
    await game.run(
      `insert into {players} (user_id, email, username) select n, 'e', 'Player ' || n from generate_series(1, 30) as n`,
    );
  });
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
    await game.close();
  });

  const ada = userId('9');
  it('adds XP, renames, and refuses a player without a row', async () => {
    const award = (player: string): Promise<unknown> =>
      store.transactions.run((tx) =>
        store.awards.record(
          tx,
          { awardId: awardId(`award of ${player}`), userId: userId(player), amount: 7, earnedAt: tick },
          [],
        ),
      );
    await award('9');
    await award('9');
    expect(await store.awards.xpOf(ada)).toBe(7);
    await expect(award('77')).rejects.toMatchObject({ code: 'PLAYER_ROW_MISSING' });
    const atOnce = { awardId: awardId('at once'), userId: userId('77'), amount: 7, earnedAt: tick };
    await expect(store.awards.recordAtOnce(atOnce, [])).rejects.toMatchObject({ code: 'PLAYER_ROW_MISSING' });
    await game.run(`insert into {players} (user_id, email, username) values (77, 'e', 'Late')`);
    expect(await store.awards.recordAtOnce(atOnce, [])).toMatchObject({ counted: true });
    await game.run('delete from {players} where user_id = 77');
    await expect(award('077')).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'userId' });
    const rename = (player: string, username: string): Promise<boolean> =>
      store.transactions.run((tx) =>
        store.players.upsert(tx, { userId: userId(player), username, protections: 0 }),
      );
    expect(await rename('9', 'Ada')).toBe(true);
    expect(await rename('9', 'Ada')).toBe(false);
    await expect(rename('77', 'Nobody')).rejects.toMatchObject({ code: 'PLAYER_ROW_MISSING' });
    expect(await store.players.find(ada)).toEqual({ userId: '9', username: 'Ada' });
  });

  it('judges each streak once a day, while players read theirs', async () => {
    const day = streakTick(instant('2026-11-24T00:00:00Z'), 'UTC', defaultStreakRules);
    await game.run(
      `update {players} set streak = 3, best = 3, played_at = '2026-11-20T10:00:00Z', protections = user_id % 2`,
    );
    const before = await store.streaks.list({ limit: 100 });
    const judge = (id: UserId): Promise<unknown> =>
      store.transactions.run((tx) =>
        store.streaks.change(tx, id, (streak) => {
          const { state, events } = evaluateStreak(streak!, day);
          return { ...(events.length > 0 && { state, events }), result: null };
        }),
      );
    const sweep = async (): Promise<void> => {
      let after: Json = null;
      do {
        const from: Json = after;
        const batch: { readonly next: Json } = await store.transactions.run((tx) =>
          store.streaks.evaluateDue(tx, { tick: day, after: from, limit: 5 }),
        );
        after = batch.next;
      } while (after !== null);
    };
    await Promise.all([sweep(), ...before.map(({ userId: id }) => judge(id))]);
    await sweep();
    expect(await store.streaks.list({ limit: 100 })).toEqual(
      before.map((streak) => evaluateStreak(streak, day).state),
    );
    expect(await store.outbox.list({ limit: 100 })).toHaveLength(before.length);
    expect(await game.run('select * from {players} where version <> 2')).toEqual([]);
  });
});
