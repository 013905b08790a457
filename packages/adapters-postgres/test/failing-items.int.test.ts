import {
  HOUR_MS,
  MINUTE_MS,
  awardId,
  defaultLeaderboardRules,
  defaultLivesRules,
  defaultSessionRules,
  defaultStreakRules,
  defineJob,
  instant,
  addMs,
  sessionId,
  userId,
  type Instant,
  type JobDefinition,
  type UserId,
} from '@gamekeeper/core';
import {
  boundedPeriodAt,
  defineBoards,
  expireSession,
  evaluateStreak,
  freshStreak,
  beginSession,
  leaderboardReset,
  lifeRegeneration,
  regenerate,
  sessionCleanup,
  streakTick,
  streakUpdate,
} from '@gamekeeper/core/game';
import { VirtualClock } from '@gamekeeper/testkit';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { engineOn, type Store } from './engine-on.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const tick = instant('2026-11-24T00:00:00Z');
const spoilt = [0, 7, 150, 151, 299].map(player);
const crowd = Array.from({ length: 300 }, (_, index) => player(index));
const settings: Partial<JobDefinition> = {
  maxBatchSize: 40,
  retry: { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1 },
};

function player(index: number): UserId {
  return userId(`p${String(index).padStart(3, '0')}`);
}

function suite(harness: PostgresHarness): void {
  const { database } = harness;
  const { tables } = database;
  const broken: RawBuilder<unknown>[] = [];
  beforeAll(() => database.open());
  afterEach(() => mend());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  const execute = (statement: RawBuilder<unknown>): Promise<unknown> =>
    database.within(undefined, (db) => statement.execute(db));

  /** Makes the database refuse writes to a table for certain players. */
  async function spoil(table: RawBuilder<unknown>, what: 'insert' | 'update', ids: readonly UserId[]) {
    const refuse = sql`${sql.table(`${database.schema}.refuse`)}`;
    const list = sql.join(ids.map((id) => sql.lit(id)));
    await execute(sql`
      create function ${refuse}() returns trigger language plpgsql as
      'declare spoilt text;
      begin
        -- In a column of its own, or in an array.
        select id from unnest(tg_argv) as id where to_jsonb(new)::text like ''%"'' || id || ''"%'' into spoilt;
        if spoilt is not null then raise exception ''% is spoilt'', spoilt; end if;
        return new;
      end'
    `);
    const event = what === 'insert' ? sql`insert` : sql`update`;
    await execute(
      sql`create trigger refuse before ${event} on ${table} for each row execute function ${refuse}(${list})`,
    );
    broken.push(sql`drop function ${refuse}() cascade`);
  }

  async function mend(): Promise<void> {
    for (let statement = broken.pop(); statement; statement = broken.pop()) await execute(statement);
  }

  /** Runs a job of which some items fail, mends them and does them again; looks at all that comes of it. */
  async function failAndMend<State>(
    store: Store,
    job: JobDefinition,
    table: RawBuilder<unknown>,
    items: { readonly failing: readonly string[]; readonly count: number },
    all: () => Promise<readonly State[]>,
    expected: { readonly after: readonly State[]; readonly idOf: (state: State) => string },
  ): Promise<void> {
    const engine = await engineOn(store, { ...job, ...settings }, new VirtualClock(tick));
    const before = await all();
    await spoil(table, 'update', spoilt);
    const ran = await engine.runNow(job.name, tick);
    expect(ran).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
    const { failing, count } = items;
    const failed = await engine.failedItems(job.name, { tick });
    expect(failed.map(({ item }) => item)).toEqual(failing);
    expect(failed[0]!.error).toContain('is spoilt');
    const { idOf, after } = expected;
    const untouched = (state: State): boolean => failing.includes(idOf(state));
    expect(await all()).toEqual(after.map((state, index) => (untouched(state) ? before[index] : state)));
    const counts = { status: 'succeeded', processed: count - failing.length, failedItems: failing.length };
    expect(await store.ledger.runs(job.name, { limit: 1 })).toMatchObject([counts]);

    await mend();
    const retried = { kind: 'retried', succeeded: failing.length, failed: [] };
    expect(await engine.retryFailedItems(job.name, tick)).toEqual(retried);
    expect(await all()).toEqual(after);
    expect(await store.ledger.runs(job.name, { limit: 1 })).toMatchObject([
      { status: 'succeeded', processed: count, failedItems: 0, error: null },
    ]);
    expect((await store.jobRegistry.records())[0]).toMatchObject({ watermark: tick, running: null });
  }

  it('law 10: players who cannot be written keep nobody else from getting a life', async () => {
    const store = await harness.empty();
    const lives = crowd.map((id, index) => ({
      userId: id,
      currentLives: index % 5,
      lastRegenAt: null,
      nextRegenAt: tick,
    }));
    await store.transactions.run(async (tx) => {
      for (const state of lives) await store.lives.change(tx, state.userId, () => ({ state, result: null }));
    });
    const job = lifeRegeneration({ lives: store.lives, rules: defaultLivesRules });
    const items = { failing: spoilt, count: crowd.length };
    const after = lives.map((state) => regenerate(state, tick, defaultLivesRules).state);
    const all = () => store.lives.list({ limit: 1_000 });
    await failAndMend(store, job, tables.lives, items, all, { after, idOf: ({ userId: id }) => id });
    expect(await store.outbox.countByType()).toEqual({ LivesRefilled: crowd.length / 5 });
  });

  it('law 10: players who cannot be written keep nobody else from being judged', async () => {
    const store = await harness.empty();
    const at = streakTick(tick, 'UTC', defaultStreakRules);
    const streaks = crowd.map((id, index) => ({
      ...freshStreak(id, defaultStreakRules),
      currentStreak: 3,
      longestStreak: 5,
      lastQuizAt: addMs(at.lastQuizBefore, -1),
      protections: index % 3,
    }));
    await store.transactions.run(async (tx) => {
      for (const state of streaks)
        await store.streaks.change(tx, state.userId, () => ({ state, result: null }));
    });
    const job = streakUpdate({ streaks: store.streaks, rules: defaultStreakRules, timeZone: 'UTC' });
    const items = { failing: spoilt, count: crowd.length };
    const after = streaks.map((state) => evaluateStreak(state, at).state);
    const all = () => store.streaks.list({ limit: 1_000 });
    await failAndMend(store, job, tables.progress, items, all, { after, idOf: ({ userId: id }) => id });
    expect(await store.outbox.countByType()).toEqual({ StreakBroken: 100, StreakProtected: 200 });
  });

  it('law 10: sessions that cannot be written keep no other from expiring', async () => {
    const store = await harness.empty();
    const sessions = crowd.map((id) =>
      beginSession(sessionId(`s-${id}`), id, addMs(tick, -HOUR_MS), defaultSessionRules),
    );
    await store.transactions.run(async (tx) => {
      for (const state of sessions)
        await store.sessions.change(tx, state.id, () => ({ state, result: null }));
    });
    const job = sessionCleanup({ sessions: store.sessions });
    const items = { failing: spoilt.map((id) => `s-${id}`), count: crowd.length };
    const after = sessions.map((state) => expireSession(state, tick).state);
    const all = () => store.sessions.list({ limit: 1_000 });
    await failAndMend(store, job, tables.sessions, items, all, { after, idOf: ({ id }) => id });
    expect(await store.outbox.countByType()).toEqual({ QuizAbandoned: crowd.length });
  });

  it('a reset that failed after the seal is finished by the next one, and nothing is archived twice', async () => {
    const store = await harness.empty();
    const [board] = defineBoards().filter(({ key }) => key === 'weekly');
    const first = instant('2026-11-16T00:00:00Z');
    const [week, next] = [addMs(first, -1), first].map((at) => boundedPeriodAt(board!, at)!);
    for (const [index, id] of crowd.slice(0, 20).entries()) {
      const award = { awardId: awardId(id), userId: id, amount: index + 1, earnedAt: addMs(first, -1) };
      await store.transactions.run((tx) => store.awards.record(tx, award, [board!]));
    }
    const { rankings, periods, periodResets, outbox, cache } = store;
    const job = leaderboardReset(board!, {
      periods,
      periodResets,
      rankings,
      outbox,
      cache,
      rules: defaultLeaderboardRules,
    })!;
    const clock = new VirtualClock(first);
    // Not again by itself: that goes by the store's clock, which stands still here.
    const once = { ...job, ...settings, retryRun: null, maxBatchSize: 6 };
    const engine = await engineOn(store, once, clock);
    engine.start();
    // The timer of its delay is set by then.
    await engine.idle();
    // The ninth of them: a batch of the archive is committed by then.
    await spoil(tables.archivePacks, 'insert', [player(11)]);
    await clock.advanceBy(HOUR_MS);
    await engine.idle();
    expect(await store.ledger.runs(job.name, { limit: 1 })).toMatchObject([
      { status: 'failed', tick: first },
    ]);
    expect(await periods.find(board!, week!.key)).toMatchObject({ sealedAt: first, players: null });

    await mend();
    await clock.advanceTo(addMs(first, 7 * 24 * HOUR_MS + HOUR_MS));
    await engine.idle();
    expect(await store.ledger.runs(job.name, { limit: 1 })).toMatchObject([{ status: 'succeeded' }]);
    const second = addMs(first, 7 * 24 * HOUR_MS);
    const record = { sealedAt: first, resetAt: second, players: 20 };
    expect(await periods.find(board!, week!.key)).toMatchObject(record);
    const archived = await store.archive.list({ board: board!, period: week!.key }, { limit: 100 });
    expect(archived.map(({ rank, score }) => [rank, score])).toEqual(
      Array.from({ length: 20 }, (_, index) => [index + 1, 20 - index]),
    );
    expect(await periods.find(board!, next!.key)).toMatchObject({ resetAt: second, players: 0 });
    expect(await rankings.scores({ board: board!, period: week! }, { limit: 100 })).toEqual([]);

    // Late, by hand, and from its old checkpoint: there is nothing left for it to do.
    expect(await engine.runNow(job.name, first)).toMatchObject({ report: { end: 'succeeded' } });
    expect(await periods.find(board!, week!.key)).toMatchObject(record);
    expect(await store.outbox.countByType()).toEqual({ LeaderboardReset: 2 });
  });

  it('a batch that hangs without the database is left behind at the time limit', async () => {
    const store = await harness.empty();
    const clock = new VirtualClock(tick);
    const job = defineJob({
      name: 'asks-a-dead-service',
      schedule: { cron: '0 * * * *' },
      timeoutMs: MINUTE_MS,
      batch: ({ asOf }) =>
        asOf === tick ? new Promise(() => undefined) : Promise.resolve({ processed: 1, next: null }),
    });
    const engine = await engineOn(store, job, clock);
    engine.start();
    const failed = async (at: Instant): Promise<boolean> => {
      const runs = await store.ledger.runs(job.name, { limit: 9 });
      return runs.some((run) => run.tick === at && run.status !== 'running');
    };
    await expect.poll(() => store.ledger.runs(job.name, { limit: 1 })).toMatchObject([{ status: 'running' }]);
    await clock.advanceBy(MINUTE_MS + 10_000);
    await expect.poll(() => failed(tick)).toBe(true);
    await store.passTime(HOUR_MS);
    await clock.advanceTo(addMs(tick, HOUR_MS));
    await engine.idle();
    expect(await store.ledger.runs(job.name, { limit: 9 })).toMatchObject([
      { status: 'succeeded', processed: 1 },
      {
        status: 'failed',
        processed: 0,
        error: expect.stringContaining('took longer than 60000 ms') as unknown,
      },
    ]);
  });
}

describe('items that fail in embedded PostgreSQL', () => {
  suite(new PostgresHarness({ memory: true }));
});

describeWithPostgres('items that fail on a PostgreSQL server', (url) =>
  suite(new PostgresHarness({ url, schema: testSchema(), poolSize: 4 })),
);
