import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { DAY_MS, addMs, instant, silentLogger, type PlayerHistoryInput } from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  type HostModule,
  type LivesRepository,
  type Outbox,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';

const now = instant('2026-11-24T10:00:00Z');
/** 50,000 with FULL_IMPORT. */
const COUNT = process.env['FULL_IMPORT'] === undefined ? 2_000 : 50_000;

/** The players of another system: active and idle ones, with and without XP, streaks and lives. */
const crowd: readonly PlayerHistoryInput[] = Array.from({ length: COUNT }, (_, n) => {
  const xp = (n * 7_919) % 5_000;
  const lastQuizAt = addMs(now, -(n % 12) * DAY_MS - n * 1_000);
  return {
    userId: `user-${n}`,
    username: `Player ${n} ‘Ä’`,
    xp,
    lastXpAt: lastQuizAt,
    periodXp: { weekly: Math.min(xp, n % 100), monthly: Math.min(xp, n % 1_000) },
    currentStreak: n % 30,
    longestStreak: (n % 30) + (n % 7),
    lastQuizAt,
    protections: n % 3,
    currentLives: n % 7,
    nextRegenAt: n % 2 === 0 ? addMs(now, (n % 90) * 60_000 - DAY_MS / 48) : null,
  };
});

function hostOn(adapters: HostModule): { readonly host: JobHost; readonly clock: VirtualClock } {
  const clock = new VirtualClock(now);
  const host = createJobHost({ modules: [adapters, cronerScheduler()], clock, logger: silentLogger });
  return { host, clock };
}

/** All that the game knows about its players. */
async function everything({ container, leaderboards }: JobHost): Promise<object> {
  const page = { limit: COUNT + 1 };
  return {
    lives: await container.get<LivesRepository>(gameTokens.lives.symbol).list(page),
    streaks: await container.get<StreakRepository>(gameTokens.streaks.symbol).list(page),
    events: await container.get<Outbox>(engineTokens.outbox.symbol).list(page),
    boards: await Promise.all(leaderboards.boards.map(({ key }) => leaderboards.top(key, { limit: 1_000 }))),
    sizes: await Promise.all(leaderboards.boards.map(({ key }) => leaderboards.size(key))),
  };
}

describeWithPostgres('players imported into PostgreSQL', (url) => {
  const own = `gamekeeper_test_import_${process.pid}`;
  const hosts: { readonly host: JobHost; readonly clock: VirtualClock }[] = [];

  async function opened(schema: string) {
    const one = hostOn(postgresAdapters({ url, schema }));
    hosts.push(one);
    await one.host.open();
    return one;
  }
  const databaseOf = ({ host }: { readonly host: JobHost }): PostgresDatabase =>
    host.container.get(postgresDatabase.symbol);
  const execute = (statement: string): Promise<unknown> =>
    databaseOf(hosts[0]!).within(undefined, (db) => sql.raw(statement).execute(db));

  beforeAll(async () => {
    await opened(`${own}_code`);
    await execute(`create schema ${own}_old`);
    await execute(`create table ${own}_old.users (
      id text, name text, xp bigint, xp_at timestamptz, week int, month int, streak int, best int, quiz timestamptz,
      freezes int, hearts int, heart_at timestamptz)`);
    const rows = crowd.map((one) => ({ ...one, ...one.periodXp }));
    await databaseOf(hosts[0]!).within(undefined, (db) =>
      sql`
        insert into ${sql.raw(`${own}_old.users`)}
        select "userId", username, xp, to_timestamp("lastXpAt" / 1000.0), weekly, monthly, "currentStreak", "longestStreak",
          to_timestamp("lastQuizAt" / 1000.0), protections, "currentLives", to_timestamp("nextRegenAt" / 1000.0)
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given ("userId" text, username text, xp bigint,
          "lastXpAt" numeric, weekly int, monthly int, "currentStreak" int, "longestStreak" int, "lastQuizAt" numeric,
          protections int, "currentLives" int, "nextRegenAt" numeric)
      `.execute(db),
    );
  });
  afterAll(async () => {
    await execute(`drop schema ${own}_old cascade`);
    for (const one of hosts) await databaseOf(one).dropSchema();
    for (const { host } of hosts) await host.stop();
  });

  const columns = `id as user_id, name as username, xp, xp_at as last_xp_at, week as xp_weekly, month as xp_monthly,
    streak as current_streak, best as longest_streak, quiz as last_quiz_at, freezes as protections,
    hearts as current_lives, heart_at as next_regen_at`;
  const select = `select ${columns} from ${own}_old.users`;

  it('are the same from code, from a select and in memory, before and after the next ticks', async () => {
    const [code, selected, memory] = [hosts[0]!, await opened(`${own}_select`), hostOn(memoryAdapters())];
    await memory.host.open();
    const all = { read: COUNT, imported: COUNT, known: 0 };
    expect(await code.host.players.import(crowd)).toEqual(all);
    expect(await selected.host.players.import({ select })).toEqual(all);
    expect(await memory.host.players.import(crowd)).toEqual(all);
    expect(await selected.host.players.import({ select })).toEqual({ ...all, imported: 0, known: COUNT });
    const imported = await everything(memory.host);
    expect(await everything(code.host)).toEqual(imported);
    expect(await everything(selected.host)).toEqual(imported);
    expect(imported).toMatchObject({ events: [] });

    for (const { host, clock } of [code, selected, memory]) {
      clock.jumpTo('2026-11-25T00:00:00Z');
      await host.runNow('streak-update');
      expect(await host.container.get<Outbox>(engineTokens.outbox.symbol).list({ limit: 1 })).toEqual([]);
      await host.runNow('life-regeneration');
    }
    const ran = await everything(memory.host);
    const sorted = (one: object) => {
      const { events, ...rest } = one as { readonly events: readonly { readonly key: string }[] };
      return { ...rest, events: events.map(({ key }) => key).toSorted() };
    };
    expect(sorted(await everything(code.host))).toEqual(sorted(ran));
    expect(sorted(await everything(selected.host))).toEqual(sorted(ran));
    await memory.host.stop();
  }, 300_000);

  it('are tried without a change by a dry run of the same select', async () => {
    const tried = await opened(`${own}_dry`);
    const before = await everything(tried.host);
    const report = await tried.host.players.dryRunImport({ select }, { ticks: 1 });
    expect(report).toMatchObject({ read: COUNT, imported: COUNT, known: 0 });
    const [lives, streaks] = report.ticks;
    expect(lives).toMatchObject({ job: 'life-regeneration', tick: new Date('2026-11-24T10:30:00Z') });
    expect(lives!.changed).toBeGreaterThan(0);
    expect(streaks).toMatchObject({ job: 'streak-update', changed: 0, events: {} });
    expect(await everything(tried.host)).toEqual(before);
  }, 300_000);

  it.each<[string, string, string]>([
    ['no select', 'drop table lives', 'select'],
    ['two statements', `${select}; select 1`, 'select'],
    ['a table that is not there', 'select * from nowhere.users', 'select'],
    ['a missing name', `select id as user_id from ${own}_old.users`, 'select'],
    ['an unknown column', `select *, 1 as hearts from (${select}) as one`, 'select'],
    ['an empty name', `select id as user_id, '' as username from ${own}_old.users`, 'username'],
    ['XP below zero', `select id as user_id, name as username, -1 as xp from ${own}_old.users`, 'xp'],
    ['XP as words', `select id as user_id, name as username, 'many' as xp from ${own}_old.users`, 'xp'],
    [
      'a time without a zone',
      `select id as user_id, name as username, quiz::timestamp as last_quiz_at from ${own}_old.users`,
      'lastQuizAt',
    ],
    [
      'a time to come',
      `select id as user_id, name as username, quiz + interval '1 year' as last_quiz_at from ${own}_old.users`,
      'lastQuizAt',
    ],
    [
      'a streak without a quiz',
      `select id as user_id, name as username, 3 as current_streak from ${own}_old.users`,
      'lastQuizAt',
    ],
    [
      'more XP in a week than ever',
      `select id as user_id, name as username, 1 as xp, 2 as xp_weekly from ${own}_old.users`,
      'periodXp.weekly',
    ],
    [
      'an id that is too long',
      `select repeat(id, 200) as user_id, name as username from ${own}_old.users`,
      'userId',
    ],
  ])('refuses a select with %s by name, and writes nothing', async (_, wrong, field) => {
    const { host } = hosts[2]!;
    const before = await everything(host);
    const error = await host.players.import({ select: wrong }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'INVALID_OPTION',
      option: expect.stringMatching(new RegExp(`(^|\\.)${field.replace('.', '\\.')}$`)) as string,
    });
    expect(await everything(host)).toEqual(before);
  });

  it('takes ids that are numbers, and rows that only core can judge', async () => {
    const { host } = await opened(`${own}_numbers`);
    const rows = `select 7 as user_id, 'Seven' as username, 9007199254740991 as xp
      union all select 8, 'Eight', 5 union all select 8, 'Another', 6`;
    expect(await host.players.import({ select: rows })).toEqual({ read: 3, imported: 2, known: 1 });
    const { standings } = await host.leaderboards.top('global');
    expect(standings.map(({ userId, score }) => `${userId} ${score}`)).toEqual(['7 9007199254740991', '8 5']);
  });
});

describe('an imported period', () => {
  it('is in the archive, and only there', async () => {
    const { host } = hostOn(memoryAdapters());
    await host.open();
    const standings = [{ userId: 'ada', username: 'Ada', score: 7 }];
    expect(
      await host.players
        .importPeriod({ board: 'weekly', at: '2026-11-17', standings })
        .catch((error: unknown) => error),
    ).toMatchObject({ code: 'INVALID_INSTANT' });
    const week = { board: 'weekly', at: '2026-11-17T12:00:00Z', standings };
    expect(await host.players.importPeriod(week)).toBe(true);
    expect(await host.players.importPeriod(week)).toBe(false);
    const { standings: shown } = await host.leaderboards.top('weekly', { period: '2026-W47' });
    expect(shown).toMatchObject([{ rank: 1, username: 'Ada', score: 7 }]);
    expect((await host.runNow('leaderboard-reset-weekly')).kind).toBe('ran');
    expect(await host.container.get<Outbox>(engineTokens.outbox.symbol).list({ limit: 1 })).toEqual([]);
    await host.stop();
  });
});
