import {
  IntervalSchedule,
  MemoryDatabase,
  MemoryFailedItems,
  MemoryTallies,
  VirtualClock,
  memoryJobPorts,
} from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { Mortal } from '../../../test/mortal.ts';
import type { Clock } from '../time/clock.ts';
import { HOUR_MS, addMs, instant } from '../time/instant.ts';
import { createAbortController } from '../time/abort.ts';
import type { Transaction, Transactions } from '../transactions/transactions.ts';
import { dryRun } from './dry-run.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers, type AttemptReport, type ShardReport } from './run-observer.ts';
import { noThrottle, type Throttle } from './throttle.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:00:00Z');
const leaseMs = 15_000;
const PARTS = ['a', 'b', 'c'];
const job = 'sweep';

/** A store with a job of three parts, each of two steps that nothing protects from being done twice. */
class World {
  readonly clock = new VirtualClock(start);
  readonly database = new MemoryDatabase(this.clock);
  readonly ports = memoryJobPorts(this.database);
  readonly failedItems = new MemoryFailedItems(this.database);
  readonly steps = new MemoryTallies(this.database);
  readonly reports: AttemptReport[] = [];
  readonly shards: ShardReport[] = [];
  /** How many shards were in progress at once, at most. */
  atOnce = 0;
  #inProgress = 0;

  /** The steps that were done, with how often. */
  async done(): Promise<readonly string[]> {
    return [...(await this.steps.list())].sort();
  }

  readonly step = async ({
    tx,
    shard,
    checkpoint,
  }: Batch): Promise<{ processed: number; next: number | null }> => {
    const at = Number(checkpoint ?? 0);
    for (const part of shard === null ? PARTS : [shard as string]) await this.steps.add(tx, `${part}${at}`);
    return { processed: 1, next: at === 0 ? 1 : null };
  };

  async engine(
    instanceId: string,
    {
      clock = this.clock,
      transactions = this.database,
      shardConcurrency = 1,
      throttle = noThrottle,
      ...options
    }: Partial<JobOptions> & {
      readonly clock?: Clock;
      readonly transactions?: Transactions;
      readonly shardConcurrency?: number;
      readonly throttle?: Throttle;
    } = {},
  ): Promise<JobEngine> {
    const engine = new JobEngine({
      ...this.ports,
      jobs: [{ job: this.job(options), schedule: new IntervalSchedule(60) }],
      instanceId,
      clock,
      failedItems: this.failedItems,
      transactions,
      leaseMs,
      shardConcurrency,
      throttle,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([
        {
          runEnded: (report) => this.reports.push(report),
          shardStarted: () => (this.atOnce = Math.max(this.atOnce, (this.#inProgress += 1))),
          shardEnded: (report) => {
            this.#inProgress -= 1;
            this.shards.push(report);
          },
        },
      ]),
    });
    await engine.register();
    return engine;
  }

  job(options: Partial<JobOptions> = {}) {
    return defineJob({
      name: job,
      schedule: { cron: '0 * * * *' },
      retry: { maxAttempts: 2, initialDelayMs: 1_000 },
      shards: async () => ({ parts: PARTS }),
      batch: this.step,
      ...options,
    });
  }

  finish(name = 'finished') {
    return { finish: async ({ tx }: Pick<Batch, 'tx'>) => this.steps.add(tx, name) };
  }
}

const everyStepOnce = PARTS.flatMap((part) => [`${part}0 = 1`, `${part}1 = 1`]);

describe('a run in shards', () => {
  it('does each part once, finishes once, and counts the items of all parts', async () => {
    const world = new World();
    const engine = await world.engine('one', world.finish());
    engine.start();
    await engine.idle();
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1']);
    expect(world.reports).toMatchObject([
      { end: 'divided', fence: 1 },
      { end: 'succeeded', fence: 2, processed: 6 },
    ]);
    expect(world.shards.map(({ claim, end, processed }) => [claim.shard, end, processed])).toEqual(
      PARTS.map((part, index) => [{ index, count: 3, part }, 'succeeded', 2]),
    );
    const [run] = await world.ports.ledger.runs(job, { limit: 1 });
    expect(run).toMatchObject({ status: 'succeeded', tick: start, processed: 6 });
  });

  it('works on as many shards at once as the host allows', async () => {
    for (const [shardConcurrency, atOnce] of [
      [1, 1],
      [2, 2],
      [8, 3],
    ]) {
      const world = new World();
      const engine = await world.engine('one', { shardConcurrency: shardConcurrency! });
      engine.start();
      await engine.idle();
      expect(world.atOnce).toBe(atOnce);
      expect(await world.done()).toEqual(everyStepOnce);
    }
  });

  it('law 1: shares the shards of a tick between instances, which finish it once', async () => {
    const world = new World();
    // Time for the others to join.
    const throttle: Throttle = { pauseMs: () => 3_000 };
    const names = ['one', 'two', 'three', 'four'];
    const engines = await Promise.all(
      names.map((name) => world.engine(name, { ...world.finish(), throttle })),
    );
    engines.forEach((engine) => engine.start());
    await world.clock.advanceTo(addMs(start, 3.5 * HOUR_MS));
    await Promise.all(engines.map((engine) => engine.idle()));
    expect(await world.done()).toEqual(
      [...everyStepOnce, 'finished = 1'].map((line) => line.replace('= 1', '= 4')),
    );
    expect(new Set(world.shards.map(({ claim }) => claim.instanceId)).size).toBeGreaterThan(1);
  });

  it('law 2: takes over the shards of an instance that died, each at its checkpoint', async () => {
    const world = new World();
    const mortal = new Mortal({ clock: world.clock, transactions: world.database }, 2);
    const dying = await world.engine('dying', {
      ...world.finish(),
      clock: mortal,
      transactions: mortal,
      shardConcurrency: 2,
    });
    dying.start();
    await world.clock.advanceBy(1_000);
    const heir = await world.engine('heir', world.finish());
    heir.start();
    await heir.idle();
    await world.clock.advanceBy(2 * leaseMs);
    await heir.idle();
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1']);
    expect(world.shards.map(({ claim }) => [claim.shard.part, claim.fence, claim.checkpoint])).toEqual([
      ['c', 1, null],
      ['a', 2, 1],
      ['b', 2, 1],
    ]);
  });

  it('continues in one piece at `next`, and then finishes', async () => {
    const world = new World();
    const engine = await world.engine('one', {
      ...world.finish(),
      shards: async () => ({ parts: PARTS, next: 'rest' }),
      batch: async (given) => {
        if (given.checkpoint !== 'rest') return world.step(given);
        await world.steps.add(given.tx, `rest of ${String(given.shard)}`);
        return { processed: 10, next: null };
      },
    });
    engine.start();
    await engine.idle();
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1', 'rest of null = 1']);
    expect(world.reports.at(-1)).toMatchObject({ end: 'succeeded', processed: 16 });
  });

  it('ends as failed with the shards that failed; another attempt repeats only these, from their checkpoints', async () => {
    const world = new World();
    let isBroken = true;
    const engine = await world.engine('one', {
      ...world.finish(),
      batch: async (given) => {
        if (isBroken && given.shard === 'b' && given.checkpoint === 1) throw new Error('disk full');
        return world.step(given);
      },
    });
    engine.start();
    await world.clock.advanceBy(60_000);
    await engine.idle();
    expect(world.reports.at(-1)).toMatchObject({ end: 'failed', error: { code: 'SHARDS_FAILED' } });
    const [failed] = await world.ports.ledger.runs(job, { limit: 1 });
    expect(failed).toMatchObject({ status: 'failed', processed: 5 });
    expect(failed!.error).toMatch(/^1 shards failed \(shard 1: disk full\)/);
    expect(await world.done()).toEqual(everyStepOnce.filter((line) => line !== 'b1 = 1'));
    isBroken = false;
    expect(await engine.runNow(job, start)).toMatchObject({
      kind: 'ran',
      report: { end: 'succeeded', processed: 6 },
    });
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1']);
  });

  it('repeats a finish that throws, and then only the finish', async () => {
    const world = new World();
    let failures = 2;
    const engine = await world.engine('one', {
      finish: async ({ tx, processed }) => {
        await world.steps.add(tx, `finished ${processed}`);
        if ((failures -= 1) >= 0) throw new Error('no mail');
      },
    });
    engine.start();
    await world.clock.advanceBy(60_000);
    await engine.idle();
    expect(world.reports.at(-1)).toMatchObject({ end: 'failed', error: { message: 'no mail' } });
    expect(await engine.runNow(job, start)).toMatchObject({ report: { end: 'succeeded', processed: 6 } });
    expect(await world.done()).toEqual([...everyStepOnce, 'finished 6 = 1']);
  });

  it('law 10: records an item that fails in a shard, counts it once, and retries it without its shard', async () => {
    const world = new World();
    const poison = new Set(['b1']);
    const names = async (
      shard: unknown,
      skip: readonly string[],
      tx?: Transaction,
    ): Promise<readonly string[]> => {
      const all = shard === null ? ['a1', 'b1', 'b2', 'c1'] : [`${shard as string}1`, `${shard as string}2`];
      const done = new Set(await world.steps.names(tx));
      return all.filter((item) => !done.has(item) && !skip.includes(item));
    };
    const engine = await world.engine('one', {
      ...world.finish(),
      maxFailureRate: 0.5,
      items: async ({ shard, skip }) => names(shard, skip),
      batch: async ({ tx, shard, only, skip }) => {
        const due = (await names(shard, skip, tx)).filter((item) => only?.includes(item) ?? true);
        for (const item of due) {
          if (poison.has(item)) throw new Error('poison');
          await world.steps.add(tx, item);
        }
        return { processed: due.length, next: null };
      },
    });
    engine.start();
    await world.clock.advanceBy(60_000);
    await engine.idle();
    expect(world.reports.at(-1)).toMatchObject({ end: 'succeeded', processed: 5, failedItems: 1 });
    expect(world.shards.map(({ failedItems }) => failedItems)).toEqual([0, 1, 0]);
    poison.clear();
    expect(await engine.retryFailedItems(job, start)).toMatchObject({
      kind: 'retried',
      succeeded: 1,
      failed: [],
    });
    const [run] = await world.ports.ledger.runs(job, { limit: 1 });
    expect(run).toMatchObject({ status: 'succeeded', processed: 6, failedItems: 0 });
    expect(await world.done()).toContain('finished = 1');
  });

  it('gives its shards back when the engine stops, and another instance goes on', async () => {
    const world = new World();
    const stopping = createAbortController();
    const one: JobEngine = await world.engine('one', {
      ...world.finish(),
      batch: async (given) => {
        stopping.abort();
        return world.step(given);
      },
    });
    stopping.signal.addEventListener('abort', () => void one.stop(1_000));
    one.start();
    await one.idle();
    expect(world.shards.map(({ end }) => end)).toEqual(['released']);
    expect(await one.stop(1_000)).toBe(true);
    const two = await world.engine('two', world.finish());
    two.start();
    await two.idle();
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1']);
  });
});

describe('a run that is not divided', () => {
  it.each<[string, Partial<JobOptions>]>([
    ['a host says so', { maxShards: 1 }],
    ['its job returns one part', { shards: async () => ({ parts: ['a'] }) }],
    ['its job returns no parts', { shards: async () => ({ parts: [] }) }],
  ])('does the whole tick in one piece if %s', async (_reason, options) => {
    const world = new World();
    const engine = await world.engine('one', { ...world.finish(), ...options });
    engine.start();
    await engine.idle();
    expect(await world.done()).toEqual([...everyStepOnce, 'finished = 1']);
    expect(world.reports).toMatchObject([{ end: 'succeeded', fence: 1, processed: 2 }]);
    expect(world.shards).toEqual([]);
  });

  it('fails if its job divides it into too many parts', async () => {
    const world = new World();
    const engine = await world.engine('one', { maxShards: 2 });
    engine.start();
    await engine.idle();
    expect(world.reports).toMatchObject([
      { end: 'failed', error: { message: expect.stringMatching(/at most 2 }; got 3 parts/) as string } },
    ]);
  });

  it('is what a dry run does, with its finish', async () => {
    const world = new World();
    const scheduled = {
      job: world.job({ ...world.finish(), supportsDryRun: true }),
      schedule: new IntervalSchedule(60),
    };
    const { processed, complete } = await dryRun(world.database, scheduled, start);
    expect([processed, complete]).toEqual([2, true]);
    expect(await world.done()).toEqual([]);
  });
});
