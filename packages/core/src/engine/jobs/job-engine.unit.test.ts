import type { BatchProgress } from './batch-progress.ts';
import {
  IntervalSchedule,
  MemoryDatabase,
  MemoryFailedItems,
  memoryJobPorts,
  MemoryOutbox,
  VirtualClock,
} from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mortal } from '../../../test/mortal.ts';
import { unreachable } from '../../../test/unreachable.ts';
import type { Clock } from '../time/clock.ts';
import { HOUR_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { StoreUnavailableError, type Transactions } from '../transactions/transactions.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { TimerScheduler } from './timer-scheduler.ts';
import type { RunLedger } from './run-ledger.ts';
import { combineObservers, type AttemptReport, type RunObserver } from './run-observer.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const done: BatchProgress = { processed: 1, next: null };
const leaseMs = 15_000;

/** A store and any number of instances on it, all on virtual time. */
class World {
  readonly clock = new VirtualClock(start);
  readonly database = new MemoryDatabase(this.clock);
  readonly ports = memoryJobPorts(this.database);
  readonly ledger = this.ports.ledger;
  readonly jobRegistry = this.ports.jobRegistry;
  readonly failedItems = new MemoryFailedItems(this.database);
  readonly reports: (AttemptReport & { readonly instanceId: string })[] = [];

  async engine(
    instanceId: string,
    batch: (batch: Batch) => Promise<BatchProgress>,
    options: Partial<JobOptions> & {
      readonly clock?: Clock;
      readonly ledger?: RunLedger;
      readonly transactions?: Transactions;
      readonly observer?: RunObserver;
    } = {},
  ): Promise<JobEngine> {
    const {
      clock = this.clock,
      ledger = this.ledger,
      transactions = this.database,
      observer = {},
      ...job
    } = options;
    const report: RunObserver = { runEnded: (end) => this.reports.push({ ...end, instanceId }) };
    const engine = new JobEngine({
      jobs: [
        {
          job: defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, batch, ...job }),
          schedule: new IntervalSchedule(60),
        },
      ],
      instanceId,
      clock,
      ...this.ports,
      ledger,
      failedItems: this.failedItems,
      transactions,
      leaseMs,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([report, observer]),
    });
    await engine.register();
    return engine;
  }

  async statuses(): Promise<Record<string, string>> {
    const runs = await this.ledger.runs('sweep', { limit: 10_000 });
    return Object.fromEntries(
      [...runs].reverse().map(({ tick, status }) => [(tick - start) / HOUR_MS, status]),
    );
  }
}

describe('JobEngine', () => {
  it('runs a job at each of its ticks, as of the tick', async () => {
    const world = new World();
    const seen: Instant[] = [];
    const engine = await world.engine('one', async ({ asOf }) => {
      seen.push(asOf);
      return done;
    });
    engine.start();
    await world.clock.advanceTo(hour(3));
    await engine.idle();
    expect(seen).toEqual([hour(0), hour(1), hour(2), hour(3)]);
    expect(world.reports[0]).toMatchObject({
      job: 'sweep',
      end: 'succeeded',
      processed: 1,
      batches: 1,
      fence: 1,
    });
  });

  it('law 1: leaves one completed run per tick when several instances race', async () => {
    const world = new World();
    const seen: Instant[] = [];
    const batch = async ({ asOf }: Batch): Promise<BatchProgress> => {
      seen.push(asOf);
      return done;
    };
    const engines = await Promise.all(
      ['one', 'two', 'three'].map((instanceId) => world.engine(instanceId, batch)),
    );
    engines.forEach((engine) => engine.start());
    await world.clock.advanceTo(hour(24));
    await Promise.all(engines.map((engine) => engine.idle()));
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => hour(index)));
  });

  it('catches up oldest first on what was missed while nobody ran', async () => {
    const world = new World();
    await world.engine('one', async () => done);
    await world.clock.advanceTo(hour(5));
    const seen: Instant[] = [];
    const late = await world.engine('two', async ({ asOf }) => {
      seen.push(asOf);
      return done;
    });
    late.start();
    await late.idle();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map(hour));
  });

  it('wakes from a long sleep to the ticks that it missed', async () => {
    const world = new World();
    const seen: Instant[] = [];
    const engine = await world.engine(
      'one',
      async ({ asOf }) => {
        seen.push(asOf);
        return done;
      },
      { missedTicks: 'latest' },
    );
    engine.start();
    await world.clock.advanceTo(hour(1));
    world.clock.jumpTo(addMs(hour(9), 60_000));
    await world.clock.advanceBy(1);
    await engine.idle();
    expect(seen).toEqual([hour(0), hour(1), hour(9)]);
    expect(await world.statuses()).toMatchObject({ 2: 'skipped', 8: 'skipped', 9: 'succeeded' });
  });

  describe.each(['at its start', 'when its process stood still'])('catches up %s', (occasion) => {
    it.each([
      ['every', { 3: 'ran', 4: 'ran', 5: 'ran' }],
      ['latest', { 3: 'superseded', 4: 'superseded', 5: 'ran' }],
      ['none', { 3: 'missed', 4: 'missed', 5: 'ran' }],
    ] as const)(
      'as `%s` says within the window, in order, with each reason on record',
      async (missedTicks, recent) => {
        const world = new World();
        const seen: Instant[] = [];
        const told: string[] = [];
        const batch = async ({ asOf }: Batch): Promise<BatchProgress> => {
          seen.push(asOf);
          return done;
        };
        const ticksSkipped: RunObserver['ticksSkipped'] = (_job, ticks, reason) =>
          told.push(...ticks.map((tick) => `${(tick - start) / HOUR_MS} ${reason}`));
        const options = { missedTicks, catchUpWindowMs: 3 * HOUR_MS, observer: { ticksSkipped } };
        const engine = await world.engine('one', batch, options);
        await engine.runNow('sweep');
        if (occasion === 'when its process stood still') engine.start();
        await engine.idle();
        world.clock.jumpTo(addMs(hour(5), 10_000));
        if (occasion === 'at its start') engine.start();
        await world.clock.advanceBy(1);
        await engine.idle();

        const fates = { 1: 'too-old', 2: 'too-old', ...recent };
        const ran = (fate: string): boolean => fate === 'ran';
        const expected = Object.entries(fates);
        expect(seen).toEqual([
          hour(0),
          ...expected.filter(([, fate]) => ran(fate)).map(([tick]) => hour(Number(tick))),
        ]);
        expect(told).toEqual(expected.filter(([, fate]) => !ran(fate)).map((entry) => entry.join(' ')));
        const runs = await world.ledger.runs('sweep', { limit: 10 });
        expect(
          Object.fromEntries(runs.map(({ tick, error }) => [(tick - start) / HOUR_MS, error ?? 'ran'])),
        ).toEqual({
          0: 'ran',
          ...fates,
        });
      },
    );
  });

  it('goes on after an error in reading the failed items of an earlier attempt', async () => {
    const world = new World();
    const list = world.failedItems.list.bind(world.failedItems);
    let errors = 2;
    world.failedItems.list = async (...query) => {
      if (errors > 0) throw new Error(`the table is locked, ${(errors -= 1)} more times`);
      return list(...query);
    };
    const options: Partial<JobOptions> = { items: async () => [], retry: { maxAttempts: 3 } };
    const process = new Mortal({ clock: world.clock, transactions: world.database }, 0);
    const dying = await world.engine('dying', async () => done, {
      ...options,
      clock: process,
      transactions: process,
    });
    dying.start();
    await settle();
    const heir = await world.engine('heir', async () => done, options);
    heir.start();
    await world.clock.advanceBy(leaseMs);
    expect(world.reports.at(-1)).toMatchObject({ instanceId: 'heir', fence: 2, end: 'succeeded' });
    expect(errors).toBe(0);
  });

  it('goes on at the checkpoint when another instance takes over from one that died', async () => {
    const world = new World();
    const twoBatches = async ({ checkpoint }: Batch): Promise<BatchProgress> =>
      checkpoint === null ? { processed: 10, next: 'half' } : { processed: 5, next: null };
    const process = new Mortal({ clock: world.clock, transactions: world.database }, 1);
    const dying = await world.engine('dying', twoBatches, { clock: process, transactions: process });
    dying.start();
    await settle();
    const heir = await world.engine('heir', twoBatches);
    heir.start();
    await world.clock.advanceBy(leaseMs - 1);
    expect(world.reports).toEqual([]);
    await world.clock.advanceBy(1);
    expect(world.reports).toMatchObject([
      { instanceId: 'heir', fence: 2, processed: 15, batches: 1, end: 'succeeded' },
    ]);
  });

  it('law 3: undoes the batch of an instance that was paused past its lease, and tells its batch to stop', async () => {
    const world = new World();
    const asleep = new VirtualClock(start);
    const committed: string[] = [];
    let wakeUp = (): void => undefined;
    const paused = await world.engine(
      'paused',
      async ({ tx, signal }) => {
        await new Promise<void>((resolve) => (wakeUp = resolve));
        void tx;
        committed.push(signal.aborted ? 'told' : 'unaware');
        return done;
      },
      { clock: asleep, transactions: besides(world) },
    );
    paused.start();
    await settle();
    const other = await world.engine('other', async () => done);
    other.start();
    await world.clock.advanceBy(leaseMs);
    expect(await world.statuses()).toEqual({ 0: 'succeeded' });
    await asleep.advanceBy(leaseMs);
    wakeUp();
    await paused.idle();
    expect(committed).toEqual(['told']);
    expect(world.reports.map(({ instanceId, end }) => [instanceId, end])).toEqual([
      ['other', 'succeeded'],
      ['paused', 'lost'],
    ]);
  });

  it('keeps its lease while a batch takes longer than the lease', async () => {
    const world = new World();
    let finish = (): void => undefined;
    const slow = async (): Promise<BatchProgress> => {
      await new Promise<void>((resolve) => (finish = resolve));
      return done;
    };
    const one = await world.engine('one', slow, { transactions: besides(world) });
    const two = await world.engine('two', async () => done);
    one.start();
    await settle();
    two.start();
    await world.clock.advanceBy(4 * leaseMs);
    expect(await world.statuses()).toEqual({ 0: 'running' });
    finish();
    await one.idle();
    expect(world.reports).toMatchObject([{ instanceId: 'one', end: 'succeeded' }]);
  });

  it('tries a failing batch again after growing pauses, and goes on when it works', async () => {
    const world = new World();
    const retries: number[] = [];
    let failures = 3;
    const engine = await world.engine(
      'one',
      async () => {
        if ((failures -= 1) >= 0) throw new Error('not yet');
        return done;
      },
      { observer: { batchRetried: (_claim, { delayMs }) => retries.push(delayMs) } },
    );
    engine.start();
    await world.clock.advanceBy(60_000);
    expect(retries).toEqual([500, 1_000, 2_000]);
    expect(await world.statuses()).toEqual({ 0: 'succeeded' });
  });

  it('ends a run as failed when its tries are used up, and runs the next tick all the same', async () => {
    const world = new World();
    const engine = await world.engine(
      'one',
      async ({ asOf }) => {
        if (asOf === hour(0)) throw new Error('poison');
        return done;
      },
      { retry: { maxAttempts: 2 } },
    );
    engine.start();
    await world.clock.advanceTo(hour(1));
    await engine.idle();
    expect(await world.statuses()).toEqual({ 0: 'failed', 1: 'succeeded' });
    expect((await world.ledger.runs('sweep', { limit: 5 })).at(-1)).toMatchObject({
      error: 'poison',
      fence: 1,
    });
  });

  it('fails a run whose batch answers nonsense, with a message that says what was expected', async () => {
    const world = new World();
    const nonsense = async (): Promise<BatchProgress> => undefined as unknown as BatchProgress;
    const engine = await world.engine('one', nonsense, { retry: { maxAttempts: 1 } });
    engine.start();
    await engine.idle();
    expect((await world.ledger.runs('sweep', { limit: 1 }))[0]!.error).toMatch(/must return \{ processed/);
  });

  it('loses no tick while the store is away, whatever it is in the middle of', async () => {
    const world = new World();
    let away = false;
    const troubles: unknown[] = [];
    const engine = await world.engine('one', async () => done, {
      ledger: unreachable(world.ledger, () => away),
      transactions: unreachable<Transactions>(world.database, () => away),
      observer: { engineFailed: (_job, error) => troubles.push(error) },
    });
    engine.start();
    await world.clock.advanceTo(addMs(hour(1), -1));
    away = true;
    await world.clock.advanceTo(hour(4));
    expect(troubles[0]).toBeInstanceOf(StoreUnavailableError);
    away = false;
    await world.clock.advanceBy(60_000);
    await engine.idle();
    expect(await world.statuses()).toEqual(
      Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, 'succeeded'])),
    );
  });

  it('gives its run back when it stops, after the batch at work', async () => {
    const world = new World();
    const engine = await world.engine('one', async () => {
      if (world.reports.length === 0) void engine.stop(1_000);
      return { processed: 1, next: 'more' };
    });
    engine.start();
    await engine.idle();
    expect(world.reports).toMatchObject([{ end: 'released', processed: 1, batches: 1 }]);
    const next = await world.engine('two', async ({ checkpoint }) => ({
      processed: checkpoint === 'more' ? 2 : 99,
      next: null,
    }));
    next.start();
    await next.idle();
    expect(world.reports.at(-1)).toMatchObject({
      instanceId: 'two',
      end: 'succeeded',
      processed: 3,
      fence: 2,
    });
  });

  it('says so when a batch outlives the deadline of a stop', async () => {
    const world = new World();
    const engine = await world.engine('one', () => new Promise(() => undefined), {
      transactions: besides(world),
    });
    engine.start();
    await settle();
    const stopped = engine.stop(5_000);
    await world.clock.advanceBy(5_000);
    expect(await stopped).toBe(false);
  });

  it('settles every tick once in any weather: instances that die, are born and sleep', async () => {
    const events = fc.array(
      fc.record({ minutes: fc.integer({ min: 1, max: 200 }), death: fc.boolean(), asleep: fc.boolean() }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (history) => {
        const world = new World();
        const outbox = new MemoryOutbox(world.database);
        let attempts = 0;
        const batch = async ({ tx, asOf, checkpoint }: Batch): Promise<BatchProgress> => {
          if (checkpoint === null) return { processed: 0, next: 'effect' };
          const key = `attempt ${(attempts += 1)}`;
          await outbox.append(tx, [{ type: 'Effect', key, occurredAt: asOf, payload: {} }]);
          return done;
        };
        let born = 0;
        const birth = async (): Promise<void> => {
          const process = new Mortal({ clock: world.clock, transactions: world.database }, 3);
          const name = `instance-${(born += 1)}`;
          (await world.engine(name, batch, { clock: process, transactions: process })).start();
        };
        await birth();
        for (const { minutes, death, asleep } of history) {
          if (death) await birth();
          if (asleep) world.clock.jumpTo(addMs(world.clock.now(), minutes * 60_000));
          else await world.clock.advanceBy(minutes * 60_000);
        }
        const last = await world.engine('last', batch);
        last.start();
        const end = addMs(world.clock.now(), 2 * HOUR_MS);
        // Time for every instance that is still to die to be taken over from.
        await world.clock.advanceTo(addMs(end, HOUR_MS / 2));
        await last.idle();
        const effects = (await outbox.list({ limit: 10_000 })).filter(({ occurredAt }) => occurredAt <= end);
        const ticks = [...new IntervalSchedule(60).between(addMs(start, -1), end)];
        expect(effects.map(({ occurredAt }) => occurredAt)).toEqual(ticks);
      }),
      { numRuns: 100 },
    );
  });
});

describe('runNow', () => {
  const idle = async (): Promise<BatchProgress> => done;

  it('runs the newest tick, and nothing when it has run already', async () => {
    const world = new World();
    const engine = await world.engine('one', idle);
    expect(await engine.runNow('sweep')).toMatchObject({
      kind: 'ran',
      report: { tick: hour(0), end: 'succeeded' },
    });
    expect(await engine.runNow('sweep')).toEqual({ kind: 'done', status: 'succeeded' });
  });

  it('runs earlier ticks that are owed first', async () => {
    const world = new World();
    const engine = await world.engine('one', idle);
    await world.clock.advanceTo(hour(2));
    await engine.runNow('sweep');
    expect(world.reports.map(({ tick }) => tick)).toEqual([hour(0), hour(1), hour(2)]);
  });

  it('runs a failed tick again', async () => {
    const world = new World();
    let broken = true;
    const engine = await world.engine(
      'one',
      async () => {
        if (broken) throw new Error('broken');
        return done;
      },
      { retry: { maxAttempts: 1 } },
    );
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed' } });
    broken = false;
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded', fence: 2 } });
  });

  it('runs a tick from before the job was known', async () => {
    const world = new World();
    const engine = await world.engine('one', idle);
    expect(await engine.runNow('sweep', hour(-48))).toMatchObject({
      kind: 'ran',
      report: { tick: hour(-48) },
    });
    expect((await world.jobRegistry.records())[0]!.watermark).toBe(addMs(start, -1));
  });

  it('refuses an unknown job, an instant that is no tick, and one that has not come', async () => {
    const world = new World();
    const engine = await world.engine('one', idle);
    await expect(engine.runNow('swep')).rejects.toThrow(/no job "swep"; this host has sweep/);
    await expect(engine.runNow('sweep', addMs(hour(-1), 1))).rejects.toMatchObject({ code: 'NOT_A_TICK' });
    await expect(engine.runNow('sweep', hour(1))).rejects.toMatchObject({ code: 'FUTURE_TICK' });
  });
});

/** Transactions that hold up nobody while their work waits, as those of a server do. */
function besides(world: World): Transactions {
  return new MemoryDatabase(world.clock);
}

/** Lets everything that can go on without time go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
