import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import { IntervalSchedule, VirtualClock, memoryStore, type MemoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mortal } from '../../../test/mortal.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { userId, type UserId } from '../players/ids.ts';
import { lifeRegeneration } from './life-regeneration.ts';
import { defaultLivesRules as rules } from './lives-rules.ts';
import type { Lives } from './lives.ts';
import { RowLockedError } from '../../engine/transactions/row-locked-error.ts';
import type { Clock, Timer } from '../../engine/time/clock.ts';
import { MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import { defineJob, type Batch, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { JobEngine } from '../../engine/jobs/job-engine.ts';
import { TimerScheduler } from '../../engine/jobs/timer-scheduler.ts';
import { RunLockedError, type RunLedger } from '../../engine/jobs/run-ledger.ts';
import { combineObservers } from '../../engine/jobs/run-observer.ts';

const start = instant('2026-11-24T00:00:00Z');
const tick = (count: number): Instant => addMs(start, count * 30 * MINUTE_MS);
const leaseMs = 15_000;
const name = 'life-regeneration';

/** Players with lives to come, of whom some cannot be written, and instances that run their job. */
class World {
  readonly clock = new VirtualClock(start);
  readonly store: MemoryStore = memoryStore(this.clock);

  /** Players p0, p1, … who are due at the first tick; those of the given numbers make every batch fail. */
  static async with(lives: readonly number[], spoilt: readonly number[] = []): Promise<World> {
    const world = new World();
    await world.store.transactions.run(async (tx) => {
      for (const [index, currentLives] of lives.entries())
        await world.put(tx, due(index, currentLives), spoilt.includes(index));
    });
    return world;
  }

  async put(tx: Transaction, lives: Lives, isSpoilt: boolean): Promise<void> {
    const state = isSpoilt ? spoil(lives) : lives;
    await this.store.lives.change(tx, lives.userId, () => ({ state, result: null }));
  }

  mend(index: number, currentLives: number): Promise<void> {
    return this.store.transactions.run((tx) => this.put(tx, due(index, currentLives), false));
  }

  async engine(
    options: Partial<JobDefinition> = {},
    {
      instanceId = 'one',
      process,
    }: { readonly instanceId?: string; readonly process?: Mortal | Sleeper } = {},
    verbs: Partial<RunLedger> = {},
  ): Promise<JobEngine> {
    const { clock, store } = this;
    const job = { ...lifeRegeneration({ lives: store.lives, rules }), ...once, ...options };
    const engine = new JobEngine({
      ...store,
      ledger: withVerbs<RunLedger>(store.ledger, verbs),
      jobs: [{ job, schedule: new IntervalSchedule(30) }],
      instanceId,
      clock,
      leaseMs,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([]),
      ...(process && { clock: process, transactions: process }),
    });
    await engine.register();
    return engine;
  }

  async run(at: Instant = tick(0)) {
    const runs = await this.store.ledger.runs(name, { limit: 100 });
    const { status, processed, failedItems, error } = runs.find((run) => run.tick === at)!;
    return { status, processed, failedItems, error };
  }

  async failed(at?: Instant): Promise<readonly string[]> {
    const of = { job: name, ...(at !== undefined && { tick: at }) };
    return (await this.store.failedItems.list(of, { limit: 10_000 })).map(({ item }) => item);
  }

  /** Lives and events, of all players but some. */
  async outcome(but: readonly UserId[] = []): Promise<object> {
    const players = await this.store.lives.list({ limit: 10_000 });
    const events = await this.store.outbox.list({ limit: 10_000 });
    return {
      lives: players
        .filter((lives) => !but.includes(lives.userId))
        .map(({ userId: id, currentLives, lastRegenAt, nextRegenAt }) => [
          id,
          currentLives,
          lastRegenAt,
          nextRegenAt,
        ]),
      events: events
        .map(({ key }) => key)
        .filter((key) => !but.some((id) => key.endsWith(`:${id}`)))
        .sort(),
    };
  }
}

/** The job of lives, where some batches do not come to be done. */
function hindered(world: World, hinder: (batch: Batch) => void): Pick<JobDefinition, 'batch'> {
  const { batch } = lifeRegeneration({ lives: world.store.lives, rules });
  return {
    batch: async (about) => {
      hinder(about);
      return batch(about);
    },
  };
}

describe('a batch that meets a lock', () => {
  const locked = new RowLockedError('The row', new Error('lock timeout'));

  it('law 10: is split at once, since it has waited already, and who stays locked is recorded', async () => {
    const world = await World.with([0, 1, 2, 3, 4, 0]);
    let tries = 0;
    const batch = hindered(world, ({ only, skip }) => {
      const meets = only ? only.includes('p3') : !skip.includes('p3');
      if (meets && only?.length === 1) tries += 1;
      if (meets) throw locked;
    });
    const engine = await world.engine({
      ...batch,
      retry: { maxAttempts: 5, initialDelayMs: 1, maxDelayMs: 1 },
      maxFailureRate: 1,
    });
    // Nobody moves the clock: there is no pause.
    expect(await engine.runNow(name, tick(0))).toMatchObject({ report: { end: 'succeeded', processed: 5 } });
    expect(await world.failed()).toEqual(['p3']);
    expect(tries).toBe(1);
  });

  it('is tried again for longer than other failures where the items are not known', async () => {
    const world = await World.with([0, 1, 2]);
    let tries = 0;
    const { batch } = hindered(world, () => {
      tries += 1;
      if (tries <= 9) throw locked;
      if (tries <= 10) throw new Error('something else');
    });
    const { items: _items, ...job } = lifeRegeneration({ lives: world.store.lives, rules });
    const retry = { maxAttempts: 2, initialDelayMs: 1_000, maxDelayMs: 30_000 };
    const engine = new JobEngine({
      ...world.store,
      jobs: [{ job: { ...job, batch, retry }, schedule: new IntervalSchedule(30) }],
      instanceId: 'one',
      clock: world.clock,
      leaseMs,
      scheduler: new TimerScheduler(world.clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await engine.register();
    const running = engine.runNow(name, tick(0));
    for (let minutes = 0; minutes < 10; minutes += 1) await world.clock.advanceBy(MINUTE_MS / 2);
    expect(await running).toMatchObject({ report: { end: 'succeeded', processed: 3 } });
    expect(tries).toBe(11);
  });

  it('is done again when only its run was locked, and nothing is held against its items', async () => {
    const world = await World.with([0, 1, 2, 3]);
    const { ledger } = world.store;
    let [left, renewed] = [3, 0];
    const engine = await world.engine(
      hindered(world, () => undefined),
      { instanceId: 'one' },
      {
        succeed: async (tx, claim, progress) => {
          left -= 1;
          if (left >= 0) throw new RunLockedError(claim, new Error('lock timeout'));
          return ledger.succeed(tx, claim, progress);
        },
        renew: async (claim, ms) => {
          renewed += 1;
          return ledger.renew(claim, ms);
        },
      },
    );
    expect(await engine.runNow(name, tick(0))).toMatchObject({
      report: { end: 'succeeded', processed: 4, failedItems: 0 },
    });
    expect([left, renewed]).toEqual([-1, 3]);
    expect((await world.store.outbox.list({ limit: 9 })).length).toBe(0);
  });
});

const once: Partial<JobDefinition> = { retry: { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1 } };
const player = (index: number): UserId => userId(`p${index}`);

function due(index: number, currentLives: number): Lives {
  return { userId: player(index), currentLives, lastRegenAt: null, nextRegenAt: start };
}

/** Looks like any other player until somebody wants to write a copy. */
function spoil(lives: Lives): Lives {
  const get = (): never => {
    throw new Error(`no way to write ${lives.userId}\0`);
  };
  return Object.defineProperty({ ...lives }, 'spoilt', { enumerable: true, get });
}

/** A process that falls asleep when it would begin its transaction after so many, until it is woken. */
class Sleeper implements Transactions, Clock {
  readonly #world: World;
  readonly #awake = Promise.withResolvers<void>();
  #left: number;

  constructor(world: World, transactions: number) {
    this.#world = world;
    this.#left = transactions;
  }

  get slept(): boolean {
    return this.#left < 0;
  }

  wake(): void {
    this.#awake.resolve();
  }

  now(): Instant {
    return this.#world.clock.now();
  }

  setTimer(at: Instant, run: () => void): Timer {
    return this.#world.clock.setTimer(at, () => {
      if (this.#left >= 0) run();
    });
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    this.#left -= 1;
    if (this.#left < 0) await this.#awake.promise;
    return this.#world.store.transactions.run(work);
  }
}

const scenes = fc
  .array(fc.record({ currentLives: fc.integer({ min: 0, max: 4 }), spoilt: fc.boolean() }), {
    minLength: 1,
    maxLength: 30,
    size: 'max',
  })
  .map((crowd) => ({
    lives: crowd.map(({ currentLives }) => currentLives),
    spoilt: crowd.flatMap((one, index) => (one.spoilt ? [index] : [])),
  }));

describe('items that fail', () => {
  it('law 10: cost themselves only: all others end, with their events, as if nothing had failed', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, fc.integer({ min: 1, max: 12 }), async ({ lives, spoilt }, maxBatchSize) => {
        const [world, undisturbed] = [await World.with(lives, spoilt), await World.with(lives)];
        for (const one of [world, undisturbed])
          await (await one.engine({ maxBatchSize, maxFailureRate: 1 })).runNow(name);
        const poison = spoilt.map(player);
        expect(await world.failed()).toEqual([...poison].sort());
        expect(await world.outcome(poison)).toEqual(await undisturbed.outcome(poison));
        const processed = lives.length - spoilt.length;
        const counts = { processed, failedItems: spoilt.length };
        expect(await world.run()).toEqual({ status: 'succeeded', error: null, ...counts });
      }),
    );
  });

  it('law 2: are the same when the process is killed at any instant and another goes on', async () => {
    const killed = fc.record({ maxBatchSize: fc.integer({ min: 1, max: 12 }), after: fc.nat({ max: 25 }) });
    await fc.assert(
      fc.asyncProperty(scenes, killed, async ({ lives, spoilt }, { maxBatchSize, after }) => {
        const [world, undisturbed] = [await World.with(lives, spoilt), await World.with(lives)];
        const options = { maxBatchSize, maxFailureRate: 1 };
        const process = new Mortal({ clock: world.clock, transactions: world.store.transactions }, after);
        void (await world.engine(options, { instanceId: 'mortal', process })).runNow(name);
        for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        world.clock.jumpTo(addMs(world.clock.now(), leaseMs));
        const recorded = await world.failed();
        const job = lifeRegeneration({ lives: world.store.lives, rules });
        let leftAlone: readonly string[] | undefined;
        const batch = (asked: Batch): Promise<BatchProgress> => {
          leftAlone ??= asked.skip;
          return job.batch(asked);
        };
        await (await world.engine({ ...options, batch }, { instanceId: 'heir' })).runNow(name);
        // What was found already is not tried once more.
        if (leftAlone) expect(leftAlone).toEqual(recorded);
        await (await undisturbed.engine(options)).runNow(name);
        const poison = spoilt.map(player);
        expect(await world.failed()).toEqual([...poison].sort());
        expect(await world.outcome(poison)).toEqual(await undisturbed.outcome(poison));
        expect(await world.run()).toMatchObject({
          status: 'succeeded',
          processed: lives.length - spoilt.length,
          failedItems: spoilt.length,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('law 1: are found by one attempt only when a process that slept through its lease wakes while taking a batch apart', async () => {
    for (let asleepAt = 0; asleepAt < 12; asleepAt += 1) {
      const lives = [0, 1, 2, 3, 4, 0, 1];
      const spoilt = [1, 5];
      const [world, undisturbed] = [await World.with(lives, spoilt), await World.with(lives)];
      const options = { maxBatchSize: 4, maxFailureRate: 1 };
      const sleeper = new Sleeper(world, asleepAt);
      const engine = await world.engine(options, { instanceId: 'sleeper', process: sleeper });
      const asleep = engine.runNow(name);
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      world.clock.jumpTo(addMs(world.clock.now(), leaseMs));
      await (await world.engine(options, { instanceId: 'heir' })).runNow(name);
      const before = await world.outcome(spoilt.map(player));
      sleeper.wake();
      // What it did too late was undone, and it was told that the tick is settled.
      expect((await asleep).kind).toBe(sleeper.slept ? 'done' : 'ran');
      await (await undisturbed.engine(options)).runNow(name);
      expect(before).toEqual(await undisturbed.outcome(spoilt.map(player)));
      expect(await world.outcome(spoilt.map(player))).toEqual(before);
      expect(await world.failed()).toEqual(['p1', 'p5']);
      expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 5, failedItems: 2 });
    }
  });

  it('are kept with the tick and the error, without what no store can hold', async () => {
    const world = await World.with([1, 2, 3], [1]);
    await (await world.engine({ maxFailureRate: 0.5 })).runNow(name);
    expect(await world.store.failedItems.list({ job: name }, { limit: 10 })).toEqual([
      { job: name, tick: tick(0), item: 'p1', error: 'no way to write p1', failedAt: start },
    ]);
  });

  it('are looked for only when all tries of the batch are used up', async () => {
    const world = await World.with([1, 2, 3], [1]);
    const retry = { maxAttempts: 3, initialDelayMs: 1_000, maxDelayMs: 5_000 };
    const engine = await world.engine({ maxFailureRate: 1, retry });
    const run = engine.runNow(name);
    await world.clock.advanceBy(2_999);
    expect(await world.failed()).toEqual([]);
    await world.clock.advanceBy(1);
    await run;
    expect(await world.failed()).toEqual(['p1']);
  });

  it.each([
    { maxFailureRate: 0.25, status: 'succeeded' },
    { maxFailureRate: 0.2499, status: 'failed' },
    { maxFailureRate: 0, status: 'failed' },
  ])('of one in four make a run with maxFailureRate $maxFailureRate end as $status', async (expected) => {
    const { maxFailureRate, status } = expected;
    const world = await World.with([0, 1, 2, 3], [2]);
    await (await world.engine({ maxFailureRate, maxBatchSize: 2 })).runNow(name);
    expect(await world.run()).toMatchObject({ status, processed: 3, failedItems: 1 });
    const { error } = await world.run();
    if (status === 'failed') expect(error).toMatch(/^1 items failed and 3 succeeded.*no way to write p2/);
  });

  it('end a run early when they are too many to be a matter of items', async () => {
    const world = await World.with([0]);
    let calls = 0;
    const engine = await world.engine({
      items: async ({ limit }) => Array.from({ length: limit }, (_, index) => `item-${index}`),
      batch: async () => {
        calls += 1;
        throw new Error('the disk is full');
      },
    });
    await engine.runNow(name);
    expect(calls).toBeLessThan(1_100);
    const { status, failedItems, error } = await world.run();
    expect([status, failedItems]).toEqual(['failed', 500]);
    expect(error).toContain('the disk is full');
  });

  it('are not blamed for a batch that fails without any of them', async () => {
    const world = await World.with([0, 1, 2]);
    const job = lifeRegeneration({ lives: world.store.lives, rules });
    const batch = async (batch: Batch): Promise<BatchProgress> => {
      if (batch.only) return job.batch(batch);
      throw new Error('the weather is bad');
    };
    await (await world.engine({ batch })).runNow(name);
    expect(await world.failed()).toEqual([]);
    expect(await world.run()).toEqual({
      status: 'failed',
      processed: 3,
      failedItems: 0,
      error: 'the weather is bad',
    });
  });

  it('end the run of a job that does not name its items, as any error does', async () => {
    const world = await World.with([0, 1, 2], [1]);
    const { batch } = lifeRegeneration({ lives: world.store.lives, rules });
    const job = defineJob({ name, schedule: { cron: '*/30 * * * *' }, batch, retry: { maxAttempts: 1 } });
    const engine = new JobEngine({
      ...world.store,
      jobs: [{ job, schedule: new IntervalSchedule(30) }],
      instanceId: 'one',
      clock: world.clock,
      leaseMs,
      scheduler: new TimerScheduler(world.clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await engine.register();
    await engine.runNow(name);
    expect(await world.run()).toMatchObject({ status: 'failed', processed: 0, failedItems: 0 });
    await expect(engine.retryFailedItems(name, tick(0))).rejects.toThrow(
      expect.objectContaining({ code: 'JOB_WITHOUT_ITEMS' }),
    );
  });
});

describe('retryFailedItems', () => {
  it('does what failed again as of the tick, one life for each, and keeps what fails again', async () => {
    const world = await World.with([0, 1, 4, 3], [0, 2]);
    const engine = await world.engine({ maxFailureRate: 0.5 });
    await engine.runNow(name);
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 2, failedItems: 2 });
    await world.mend(2, 4);
    world.clock.jumpTo(addMs(start, MINUTE_MS));
    const outcome = await engine.retryFailedItems(name, tick(0));
    expect(outcome).toEqual({
      kind: 'retried',
      succeeded: 1,
      failed: [
        {
          job: name,
          tick: tick(0),
          item: 'p0',
          error: 'no way to write p0',
          failedAt: addMs(start, MINUTE_MS),
        },
      ],
    });
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 3, failedItems: 1 });
    const { lastRegenAt, currentLives } = (await world.store.lives.find(player(2)))!;
    expect([lastRegenAt, currentLives]).toEqual([tick(0), 5]);
    expect(await world.store.outbox.countByType()).toEqual({ LivesRefilled: 1 });
  });

  it('law 2: ends as if nothing had ever failed, once all is mended', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, fc.integer({ min: 1, max: 12 }), async ({ lives, spoilt }, maxBatchSize) => {
        const [world, undisturbed] = [await World.with(lives, spoilt), await World.with(lives)];
        const engine = await world.engine({ maxBatchSize });
        await engine.runNow(name);
        await (await undisturbed.engine({ maxBatchSize })).runNow(name);
        for (const index of spoilt) await world.mend(index, lives[index]!);
        expect(await engine.retryFailedItems(name, tick(0))).toEqual({
          kind: 'retried',
          succeeded: spoilt.length,
          failed: [],
        });
        expect(await world.outcome()).toEqual(await undisturbed.outcome());
        expect(await world.run()).toEqual(await undisturbed.run());
      }),
    );
  });

  it('makes a run succeed that had failed for its share, and goes on where one was given up', async () => {
    const crowd = Array.from({ length: 700 }, (_, index) => index % 5);
    const world = await World.with(
      crowd,
      crowd.map((_, index) => index),
    );
    const engine = await world.engine();
    await engine.runNow(name);
    expect(await world.run()).toMatchObject({ status: 'failed', processed: 0, failedItems: 500 });
    for (const [index, lives] of crowd.entries()) await world.mend(index, lives);
    expect(await engine.retryFailedItems(name, tick(0))).toMatchObject({ succeeded: 500, failed: [] });
    expect(await world.run()).toEqual({ status: 'succeeded', processed: 700, failedItems: 0, error: null });
  });

  it('leaves a run that another takes over when the process is killed, and nothing is done twice', async () => {
    for (let transactions = 0; transactions < 6; transactions += 1) {
      const world = await World.with([0, 1, 2, 3], [0, 1, 2]);
      const options = { maxFailureRate: 1 };
      await (await world.engine(options)).runNow(name);
      for (const index of [0, 1]) await world.mend(index, index);
      const process = new Mortal(
        { clock: world.clock, transactions: world.store.transactions },
        transactions,
      );
      const mortal = await world.engine(options, { instanceId: 'mortal', process });
      void mortal.retryFailedItems(name, tick(0));
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await world.clock.advanceTo(tick(1));
      const heir = await world.engine(options, { instanceId: 'heir' });
      await heir.runNow(name);
      expect(await world.store.jobRegistry.records()).toMatchObject([{ running: null, watermark: tick(1) }]);
      const { status, processed, failedItems } = await world.run();
      expect([status, processed + failedItems, await world.failed(tick(0))]).toEqual([
        'succeeded',
        4,
        expect.objectContaining({ length: failedItems }),
      ]);
    }
  });

  it('answers who is at work on the job, and does nothing then', async () => {
    const world = await World.with([0, 1], [0]);
    const engine = await world.engine({ maxFailureRate: 1 });
    await engine.runNow(name);
    const request = { job: name, tick: tick(1), instanceId: 'other', leaseMs };
    world.clock.jumpTo(tick(1));
    await world.store.ledger.claim(request);
    expect(await engine.retryFailedItems(name, tick(0))).toEqual({
      kind: 'held',
      tick: tick(1),
      instanceId: 'other',
      retryInMs: leaseMs,
    });
  });

  it('has nothing to do for a tick without failed items, and refuses what is no tick and no job', async () => {
    const world = await World.with([0]);
    const engine = await world.engine();
    await engine.runNow(name);
    expect(await engine.retryFailedItems(name, tick(0))).toEqual({
      kind: 'retried',
      succeeded: 0,
      failed: [],
    });
    const refused = (code: string): unknown => expect.objectContaining({ code });
    await expect(engine.retryFailedItems(name, addMs(start, 1))).rejects.toThrow(refused('NOT_A_TICK'));
    await expect(engine.retryFailedItems('sweep', start)).rejects.toThrow(refused('UNKNOWN_JOB'));
    await expect(engine.failedItems('sweep')).rejects.toThrow(refused('UNKNOWN_JOB'));
  });
});
