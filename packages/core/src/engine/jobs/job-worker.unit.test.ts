import { IntervalSchedule, MemoryDatabase, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { SkewedClock } from '../../../test/skewed-clock.ts';
import { HOUR_MS, MINUTE_MS, addMs, instant, type Instant } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers } from './run-observer.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const gone = new StoreUnavailableError('the store', 'gone');
const leaseMs = 15_000;

/** One store, and engines on it with an hourly job; what they do is written down. */
class World {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly ran: string[] = [];
  readonly told: string[] = [];
  refreshes = 0;

  async engine(
    instanceId: string,
    { skewMs = 0, ...options }: Partial<JobOptions> & { readonly skewMs?: number } = {},
  ): Promise<JobEngine> {
    const clock = new SkewedClock(this.clock, skewMs);
    const batch: JobOptions['batch'] = async ({ asOf }) => {
      this.ran.push(`${instanceId} ${(asOf - start) / HOUR_MS}`);
      return { processed: 1, next: null };
    };
    const job = defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, batch, ...options });
    const engine = new JobEngine({
      ...this.store,
      jobs: [{ job, schedule: new IntervalSchedule(60) }],
      // Work that waits holds up nobody here, as on a server.
      transactions: { run: (work) => new MemoryDatabase(this.clock).run(work) },
      refresh: async () => void (this.refreshes += 1),
      instanceId,
      clock,
      leaseMs,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([
        {
          engineFailed: () => void this.told.push(`${instanceId} failed`),
          engineRecovered: () => void this.told.push(`${instanceId} recovered`),
          ticksSkipped: (_job, ticks, reason) =>
            void this.told.push(`${instanceId} ${ticks.length} ${reason}`),
        },
      ]),
    });
    await engine.register();
    return engine;
  }
}

describe('a job that others run, too', () => {
  it('passes over the ticks that they have completed, at once', async () => {
    const world = new World();
    const [one, two] = [await world.engine('one'), await world.engine('two')];
    one.start();
    await world.clock.advanceTo(hour(2));
    await one.stop(1_000);
    world.clock.jumpTo(hour(3));
    two.start();
    await two.idle();
    expect(world.ran).toEqual(['one 0', 'one 1', 'one 2', 'two 3']);
  });

  it('says nothing of ticks that they have skipped', async () => {
    const world = new World();
    const [one, two] = [
      await world.engine('one', { missedTicks: 'latest' }),
      await world.engine('two', { missedTicks: 'latest' }),
    ];
    world.clock.jumpTo(hour(3));
    for (const engine of [one, two]) {
      engine.start();
      await engine.idle();
    }
    expect([world.ran, world.told]).toEqual([['one 3'], ['one 3 superseded']]);
  });
});

describe('a job that owes many ticks', () => {
  it('runs all of them in one go', async () => {
    const world = new World();
    const engine = await world.engine('one');
    world.clock.jumpTo(hour(600));
    engine.start();
    await engine.idle();
    expect(world.ran).toHaveLength(601);
  });

  it('ends after the run at work when its engine stops', async () => {
    const world = new World();
    const engine = await world.engine('one', {
      batch: async () => {
        world.ran.push('one');
        void engine.stop(1_000);
        return { processed: 1, next: null };
      },
    });
    world.clock.jumpTo(hour(600));
    engine.start();
    await engine.idle();
    expect(world.ran).toEqual(['one']);
    expect(await engine.runNow('sweep')).toEqual({ kind: 'stopped' });
  });

  it('is woken once, however often it is called meanwhile, and not at all once its engine has stopped', async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<void>();
    const engine = await world.engine('one', {
      batch: async () => {
        await promise;
        return { processed: 1, next: null };
      },
    });
    engine.start();
    await world.clock.advanceBy(0);
    for (let calls = 0; calls < 5; calls += 1) await engine.resume('sweep');
    resolve();
    await engine.idle();
    expect(world.refreshes).toBe(2);
    await engine.stop(1_000);
    await engine.resume('sweep');
    await engine.idle();
    expect(world.refreshes).toBe(2);
  });
});

describe('a host whose clock is ahead of the store', () => {
  it('is told by hand when the tick can run', async () => {
    const world = new World();
    const engine = await world.engine('ahead', { missedTicks: 'latest', skewMs: 10 * MINUTE_MS });
    world.clock.jumpTo(addMs(hour(2), -5 * MINUTE_MS));
    expect(await engine.runNow('sweep', hour(2))).toEqual({ kind: 'ahead', retryInMs: 5 * MINUTE_MS });
    expect(world.ran).toEqual(['ahead 1']);
    world.clock.jumpTo(hour(2));
    expect(await engine.runNow('sweep', hour(2))).toMatchObject({ kind: 'ran' });
  });

  it('runs what both clocks have reached, and skips what both have passed', async () => {
    const world = new World();
    const engine = await world.engine('ahead', { missedTicks: 'latest', skewMs: 10 * MINUTE_MS });
    world.clock.jumpTo(addMs(hour(2), 5 * MINUTE_MS));
    expect(await engine.runNow('sweep')).toMatchObject({ kind: 'ran', report: { tick: hour(2) } });
    expect(world.told).toEqual(['ahead 2 superseded']);
  });
});

describe('a run that the store cut short', () => {
  it('is not recovered from while its lease lasts; then the same instance goes on', async () => {
    const world = new World();
    let isAway = true;
    const engine = await world.engine('one', {
      batch: async ({ asOf }) => {
        if (isAway) throw gone;
        world.ran.push(`one ${(asOf - start) / HOUR_MS}`);
        return { processed: 1, next: null };
      },
    });
    engine.start();
    await world.clock.advanceBy(100);
    isAway = false;
    await world.clock.advanceBy(leaseMs - 101);
    expect([world.told, world.ran]).toEqual([['one failed'], []]);
    await world.clock.advanceBy(1);
    await engine.idle();
    expect([world.told, world.ran]).toEqual([['one failed', 'one recovered'], ['one 0']]);
  });

  it('is recovered from as soon as another instance has it', async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<void>();
    const one = await world.engine('one', { batch: () => Promise.reject(gone) });
    const two = await world.engine('two', {
      batch: async () => {
        await promise;
        return { processed: 1, next: null };
      },
    });
    one.start();
    await world.clock.advanceBy(100);
    two.start();
    await world.clock.advanceTo(addMs(start, leaseMs - 1));
    expect(world.told).toEqual(['one failed']);
    await world.clock.advanceBy(1);
    expect(world.told).toEqual(['one failed', 'one recovered']);
    resolve();
    await Promise.all([one.idle(), two.idle()]);
  });

  it('keeps its lease when the engine stops, which says so and leaves no timer', async () => {
    const world = new World();
    const engine = await world.engine('one', { batch: () => Promise.reject(gone) });
    engine.start();
    await world.clock.advanceBy(100);
    expect(await engine.stop(1_000)).toBe(false);
    expect(world.clock.timers).toBe(0);
    const other = await world.engine('two');
    await other.runNow('sweep');
    expect(await other.stop(1_000)).toBe(true);
  });

  it('sets no timer when it fails while the engine stops', async () => {
    const world = new World();
    const { promise, reject } = Promise.withResolvers<never>();
    const engine = await world.engine('one', { batch: () => promise });
    engine.start();
    await world.clock.advanceBy(100);
    const stopped = engine.stop(1_000);
    reject(gone);
    expect(await stopped).toBe(false);
    expect(world.clock.timers).toBe(0);
  });
});

describe('a job that knows when it has nothing to do', () => {
  it('runs no batch then, and the others as ever', async () => {
    const world = new World();
    const engine = await world.engine('one', { isIdle: async (asOf) => asOf !== hour(1) });
    engine.start();
    await world.clock.advanceTo(hour(2));
    expect(world.ran).toEqual(['one 1']);
    const runs = await world.store.ledger.runs('sweep', { limit: 9 });
    expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('runs if it cannot say, and waits for the store if that is away', async () => {
    const world = new World();
    let error: Error = new Error('no such table');
    const engine = await world.engine('one', { isIdle: () => Promise.reject(error) });
    engine.start();
    await world.clock.advanceBy(100);
    expect([world.ran, world.told]).toEqual([['one 0'], []]);
    error = gone;
    await world.clock.advanceTo(addMs(hour(1), 100));
    expect([world.ran, world.told]).toEqual([['one 0'], ['one failed']]);
    await engine.stop(1_000);
  });

  it('is not asked once the engine has stopped', async () => {
    const world = new World();
    let asked = 0;
    const engine = await world.engine('one', { isIdle: async () => (asked += 1) > 0 });
    await engine.stop(1_000);
    expect(await engine.runNow('sweep')).toEqual({ kind: 'stopped' });
    expect(asked).toBe(0);
  });
});

describe('a run whose end cannot be recorded', () => {
  it('is lost, and not failed, if another instance has taken it over while its batch failed', async () => {
    const world = new World();
    const ends: unknown[] = [];
    const { promise, reject } = Promise.withResolvers<never>();
    const one = await world.engine('one', { batch: () => promise, retry: { maxAttempts: 1 } });
    const run = one.runNow('sweep').then(
      (outcome) => ends.push(outcome),
      (error: unknown) => ends.push(error),
    );
    await world.clock.advanceBy(100);
    const claim = { job: 'sweep', tick: start, fence: 1, instanceId: 'one', checkpoint: null, processed: 0 };
    await world.store.ledger.release(claim);
    const two = await world.engine('two');
    expect(await two.runNow('sweep')).toMatchObject({ kind: 'ran', report: { fence: 2, end: 'succeeded' } });
    reject(new Error('broken'));
    await run;
    // Its tick is done, by the other.
    expect(ends).toEqual([{ kind: 'done', status: 'succeeded' }]);
    expect(await world.store.ledger.runs('sweep', { limit: 1 })).toMatchObject([
      { status: 'succeeded', error: null },
    ]);
  });
});

describe('a job whose failed runs are repeated', () => {
  it('waits for its first tick', async () => {
    const world = new World();
    world.clock.jumpTo(addMs(start, MINUTE_MS));
    const engine = await world.engine('one', { retryRun: { maxAttempts: 3 } });
    engine.start();
    await world.clock.advanceTo(addMs(hour(1), -1));
    expect([world.told, world.ran]).toEqual([[], []]);
    await world.clock.advanceTo(hour(1));
    expect(world.ran).toEqual(['one 1']);
    await engine.stop(1_000);
  });
});
