import { defaultLivesRules as rules, instant } from '@gamekeeper/core';
import { lifeRegeneration } from '@gamekeeper/core/game';
import { JobEngine, TimerScheduler, combineObservers } from '@gamekeeper/core/engine';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import type { Store } from './engine-on.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const tick = instant('2026-11-24T00:00:00Z');
const PLAYERS = 6_000;

describeWithPostgres('a sweep in shards on a server', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema() });
  const { database } = harness;
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  async function everybodyDue(): Promise<Store> {
    const store = await harness.empty();
    await database.within(undefined, (db) =>
      sql`
        insert into ${database.tables.lives} (user_id, current_lives, next_regen_at)
        select 'p' || n, n % 5, timestamptz '2026-11-23T23:50:00Z' from generate_series(1, ${PLAYERS}) as n
      `.execute(db),
    );
    return store;
  }

  async function engine(store: Store, instanceId: string): Promise<JobEngine> {
    const clock = new VirtualClock(tick);
    const job = { ...lifeRegeneration({ lives: store.lives, rules }), maxShards: 6, maxBatchSize: 200 };
    const made = new JobEngine({
      ...store,
      jobs: [{ job, schedule: new CronerScheduleParser().parse(job.schedule) }],
      instanceId,
      clock,
      leaseMs: 15_000,
      shardConcurrency: 2,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await made.register();
    return made;
  }

  it('gives each player one life, with one event for each who is full, by the hands of two instances', async () => {
    const store = await everybodyDue();
    const engines = await Promise.all(['one', 'two'].map((name) => engine(store, name)));
    const first = engines[0]!.runNow('life-regeneration', tick);
    const isDivided = async (): Promise<boolean> =>
      (await store.shardLedger.list('life-regeneration', tick)).length > 0;
    while (!(await isDivided())) await new Promise((resolve) => setImmediate(resolve));
    const second = engines[1]!.runNow('life-regeneration', tick);
    await Promise.all([first, second]);
    const shards = await store.shardLedger.list('life-regeneration', tick);
    expect(shards.length).toBe(6);
    expect(shards.map(({ status }) => status)).toEqual(shards.map(() => 'succeeded'));
    const [run] = await store.ledger.runs('life-regeneration', { limit: 1 });
    expect(run).toMatchObject({ status: 'succeeded', processed: PLAYERS });
    const { rows } = await database.within(undefined, (db) =>
      sql<{ lives: number; levels: number }>`
        select sum(current_lives)::int as lives, count(distinct current_lives)::int as levels from ${database.tables.lives}
      `.execute(db),
    );
    expect(rows).toEqual([{ lives: (PLAYERS / 5) * (1 + 2 + 3 + 4 + 5), levels: 5 }]);
    const events = await store.outbox.list({ limit: 2 * PLAYERS });
    expect(new Set(events.map(({ key }) => key)).size).toBe(PLAYERS / 5);
    expect(events.length).toBe(PLAYERS / 5);
  });

  it('leaves the rows of a locked player to the end, in one piece', async () => {
    const store = await everybodyDue();
    const one = await engine(store, 'one');
    let unlock = (): void => undefined;
    const isLocked = Promise.withResolvers<void>();
    const locking = store.transactions.run(async (tx) => {
      await database.within(tx, (db) =>
        sql`select from ${database.tables.lives} where user_id = 'p77' for update`.execute(db),
      );
      const released = new Promise<void>((resolve) => (unlock = resolve));
      isLocked.resolve();
      await released;
    });
    await isLocked.promise;
    const running = one.runNow('life-regeneration', tick);
    const ended = async (): Promise<boolean> => {
      const shards = await store.shardLedger.list('life-regeneration', tick);
      return shards.length > 0 && shards.every(({ status }) => status === 'succeeded');
    };
    while (!(await ended())) await new Promise((resolve) => setImmediate(resolve));
    const processed = (await store.shardLedger.list('life-regeneration', tick)).map(
      (shard) => shard.processed,
    );
    expect(processed.reduce((sum, count) => sum + count, 0)).toBe(PLAYERS - 1);
    unlock();
    await locking;
    expect(await running).toMatchObject({ kind: 'ran', report: { end: 'succeeded', processed: PLAYERS } });
  });

  it('replaces the shards of a run whose row was removed by hand', async () => {
    const { shardLedger, ledger } = await harness.empty();
    const request = { job: 'sweep', tick, instanceId: 'one', leaseMs: 15_000 };
    const divide = async (parts: readonly string[]): Promise<void> => {
      const outcome = await ledger.claim(request);
      if (outcome.kind !== 'claimed') throw new Error(`expected a claim, got ${outcome.kind}`);
      await shardLedger.divide(outcome.claim, { parts, next: 'rest' });
    };
    await divide(['a', 'b', 'c']);
    const before = await shardLedger.claim(request);
    if (before.kind !== 'claimed') throw new Error(`expected a claim, got ${before.kind}`);
    await database.within(undefined, (db) => sql`delete from ${database.tables.jobRuns}`.execute(db));
    await divide(['x', 'y']);
    const shards = await shardLedger.list('sweep', tick);
    expect(shards.map(({ part, status, leaseUntil }) => [part, status, leaseUntil])).toEqual([
      ['x', 'open', null],
      ['y', 'open', null],
    ]);
    // The attempt of the earlier run is not one of this run.
    expect(await shardLedger.renew(before.claim, 15_000)).toBe(false);
    expect(await shardLedger.claim(request)).toMatchObject({
      kind: 'claimed',
      claim: { fence: 3, checkpoint: null, processed: 0, shard: { index: 0, count: 2, part: 'x' } },
    });
  });
});
