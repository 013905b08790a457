import {
  MINUTE_MS,
  awardId,
  defaultLeaderboardRules,
  instant,
  addMs,
  userId,
  type Instant,
} from '@gamekeeper/core';
import { JobEngine, combineObservers, TimerScheduler } from '@gamekeeper/core/engine';
import { MAX_UNFINISHED_MS, boardCheck, defineBoards, leaderboardReset } from '@gamekeeper/core/game';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { pinDatabaseClock, type PostgresDatabase } from '../src/index.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const start = instant('2026-11-24T00:00:00Z');
const monday = instant('2026-11-30T00:00:00Z');
const week = '2026-W48';

/** Counts the calls to a database that are at work, so that virtual time goes on only when none is. */
class Quiet {
  #calls = 0;

  constructor(database: PostgresDatabase) {
    const within = database.within.bind(database);
    const run = database.run.bind(database);
    database.within = (...call) => this.#count(within(...call));
    database.run = (...call) => this.#count(run(...call));
  }

  /** Resolves when no call is at work, and what they ended has begun none. */
  readonly wait = async (): Promise<void> => {
    for (let turns = 0; turns < 5; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#calls > 0) turns = 0;
    }
  };

  async #count<Result>(call: Promise<Result>): Promise<Result> {
    this.#calls += 1;
    try {
      return await call;
    } finally {
      this.#calls -= 1;
    }
  }
}

/** A weekly board, and two instances that reset it: all on virtual time, the database's clock too. */
async function weeklyBoard(harness: PostgresHarness, quiet: Quiet) {
  const { database } = harness;
  const store = await harness.empty();
  const clock = new VirtualClock(start, { settle: quiet.wait });
  const [board] = defineBoards([{ key: 'weekly', period: 'week' }]) as [
    ReturnType<typeof defineBoards>[number],
  ];
  const job = leaderboardReset(board, { ...store, rules: defaultLeaderboardRules })!;
  const reset = { job, schedule: new CronerScheduleParser().parse(job.schedule) };
  const ends: string[] = [];
  await pinDatabaseClock(database, start);
  for (const instanceId of ['one', 'two']) {
    const engine = new JobEngine({
      ...store,
      jobs: [reset],
      instanceId,
      clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([{ runEnded: ({ end }) => void ends.push(end) }]),
    });
    await engine.register();
    engine.start();
  }
  return {
    store,
    board,
    ends,
    check: boardCheck(board, { ...store, reset, maxUnfinishedMs: MAX_UNFINISHED_MS }),
    earn: async (at: Instant) => {
      const award = { awardId: awardId('a'), userId: userId('ada'), amount: 5, earnedAt: at };
      await store.transactions.run((tx) => store.awards.record(tx, award, [board]));
    },
    advanceTo: async (end: Instant): Promise<void> => {
      for (let at = clock.nextTimerAt; at !== null && at <= end; at = clock.nextTimerAt) {
        await pinDatabaseClock(database, at);
        await clock.advanceTo(Math.max(at, clock.now()));
      }
      await pinDatabaseClock(database, end);
      await clock.advanceTo(end);
    },
  };
}

describeWithPostgres('a reset on a PostgreSQL server that refuses its archive', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 4 });
  const { database } = harness;
  const quiet = new Quiet(database);
  const execute = (statement: RawBuilder<unknown>): Promise<unknown> =>
    database.within(undefined, (db) => statement.execute(db));
  const refuse = sql`${sql.table(`${database.schema}.refuse`)}`;

  beforeAll(() => database.open());
  afterEach(() => mend());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  /** Makes the archive refuse each pack. */
  const spoil = async (): Promise<void> => {
    await execute(sql`
      create function ${refuse}() returns trigger language plpgsql as 'begin raise exception ''no space left''; end'
    `);
    await execute(sql`
      create trigger refuse before insert on ${database.tables.archivePacks} for each row execute function ${refuse}()
    `);
  };
  const mend = (): Promise<unknown> => execute(sql`drop function if exists ${refuse}() cascade`);

  describe('outcome 12: a reset that fails after sealing', () => {
    it('has its archive within a minute of the end of five failures, and not a week later', async () => {
      const world = await weeklyBoard(harness, quiet);
      const { store, board, ends } = world;
      await world.earn(start);
      await spoil();
      // Five tries of its batch, which take some seconds.
      await world.advanceTo(addMs(monday, 20_000));
      expect(ends).toEqual(['failed']);
      expect(await store.periods.find(board, week)).toMatchObject({ sealedAt: monday, players: null });
      await mend();
      await world.advanceTo(addMs(monday, 20_000 + MINUTE_MS));
      expect(ends.at(-1)).toBe('succeeded');
      expect(await store.periods.find(board, week)).toMatchObject({ players: 1, resetAt: monday });
      expect(await store.archive.list({ board, period: week }, { limit: 5 })).toMatchObject([
        { userId: 'ada', rank: 1, score: 5 },
      ]);
    });

    it('is tried again every minute for long, is named by the check, and has its archive when it may', async () => {
      const world = await weeklyBoard(harness, quiet);
      const { store, board, ends, check } = world;
      await world.earn(start);
      await spoil();
      await world.advanceTo(addMs(monday, 20 * MINUTE_MS));
      expect(ends.length).toBeGreaterThan(15);
      expect(ends.length).toBeLessThan(25);
      const { finding, facts } = await check.judge(addMs(monday, 20 * MINUTE_MS));
      expect(finding).toMatchObject({
        severity: 'warning',
        text: expect.stringContaining(`${week} was sealed`) as string,
      });
      expect(facts.oldestUnfinished).toMatchObject({ period: week, isArchived: false });
      await mend();
      await world.advanceTo(addMs(monday, 20 * MINUTE_MS + 90_000));
      expect(ends.filter((end) => end === 'succeeded')).toHaveLength(1);
      const { finding: after } = await check.judge(addMs(monday, 20 * MINUTE_MS + 90_000));
      expect(after).toBeNull();
      const [run, ...others] = await store.ledger.runs('leaderboard-reset-weekly', { limit: 5 });
      expect([run?.status, run?.tick, others]).toEqual(['succeeded', monday, []]);
      expect(await store.periods.find(board, week)).toMatchObject({ players: 1, resetAt: monday });
    });
  });
});
