import type { BatchProgress } from './batch-progress.ts';
import { IntervalSchedule, MemoryDatabase, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { sleep } from '../time/clock.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { TimerScheduler } from './timer-scheduler.ts';
import { combineObservers, type AttemptReport } from './run-observer.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const timeoutMs = 10 * MINUTE_MS;
const graceMs = 10_000;

class World {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly reports: AttemptReport[] = [];

  async engine(
    batch: (batch: Batch) => Promise<BatchProgress>,
    options: Partial<JobOptions> = {},
  ): Promise<JobEngine> {
    const { clock, store } = this;
    const job = defineJob({
      name: 'sweep',
      schedule: { cron: '0 * * * *' },
      timeoutMs,
      batch,
      ...options,
    });
    const engine = new JobEngine({
      ...store,
      jobs: [{ job, schedule: new IntervalSchedule(60) }],
      // Work that waits holds up nobody here, as on a server.
      transactions: { run: (work) => new MemoryDatabase(clock).run(work) },
      instanceId: 'one',
      clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([{ runEnded: (report) => void this.reports.push(report) }]),
    });
    await engine.register();
    engine.start();
    return engine;
  }

  async runs(): Promise<readonly object[]> {
    const runs = await this.store.ledger.runs('sweep', { limit: 10 });
    return [...runs].reverse().map(({ tick, status, processed, finishedAt, error }) => ({
      tick: (tick - start) / HOUR_MS,
      status,
      processed,
      tookMs: finishedAt === null ? null : finishedAt - tick,
      timeLimit: error?.includes(`took longer than ${timeoutMs} ms`) ?? false,
    }));
  }
}

const done: BatchProgress = { processed: 1, next: null };
const failed = { status: 'failed', timeLimit: true };

describe('the time limit of a run', () => {
  it('does not count the time in which the whole process stood still', async () => {
    const world = new World();
    const engine = await world.engine(async ({ signal, asOf }) => {
      if (asOf === hour(0)) await sleep(world.clock, 11 * MINUTE_MS, signal);
      signal.throwIfAborted();
      return done;
    });
    await world.clock.advanceBy(MINUTE_MS);
    world.clock.jumpTo(hour(3));
    await world.clock.advanceBy(2 * MINUTE_MS);
    await engine.idle();
    expect(await world.runs()).toMatchObject(Array.from({ length: 4 }, () => ({ status: 'succeeded' })));
    await engine.stop(1_000);
  });

  it('aborts the signal with an error that says so, and ends the run as failed without another try', async () => {
    const world = new World();
    const reasons: unknown[] = [];
    const engine = await world.engine(async ({ signal, asOf }) => {
      if (asOf !== hour(0)) return done;
      await sleep(world.clock, 5 * HOUR_MS, signal);
      reasons.push(signal.reason);
      throw new Error('interrupted');
    });
    await world.clock.advanceTo(hour(1));
    await engine.idle();
    expect(reasons).toEqual([expect.objectContaining({ code: 'RUN_TIMEOUT' })]);
    expect(await world.runs()).toEqual([
      { tick: 0, processed: 0, tookMs: timeoutMs, ...failed },
      { tick: 1, status: 'succeeded', processed: 1, tookMs: 0, timeLimit: false },
    ]);
    expect(world.reports[0]!.error).toBe(reasons[0]);
  });

  it('counts all batches and pauses of an attempt; what was committed stays', async () => {
    const world = new World();
    const engine = await world.engine(async () => {
      await sleep(world.clock, 3 * MINUTE_MS);
      return { processed: 1, next: 'on' };
    });
    await world.clock.advanceTo(addMs(start, 59 * MINUTE_MS));
    await engine.idle();
    expect(await world.runs()).toEqual([
      // The fourth batch paid no heed and was not waited for beyond the grace.
      { tick: 0, processed: 3, tookMs: timeoutMs + graceMs, ...failed },
    ]);
  });

  it('ends a pause between two tries', async () => {
    const world = new World();
    const retry = { maxAttempts: 9, initialDelayMs: 2 * HOUR_MS, maxDelayMs: 2 * HOUR_MS };
    const engine = await world.engine(
      async () => {
        throw new Error('not now');
      },
      { retry },
    );
    await world.clock.advanceTo(addMs(start, 59 * MINUTE_MS));
    await engine.idle();
    expect(await world.runs()).toEqual([{ tick: 0, processed: 0, tookMs: timeoutMs, ...failed }]);
  });

  it('keeps a batch that pays no heed from holding up the job, and its late end out of the ledger', async () => {
    const world = new World();
    let end = (_result: BatchProgress): void => undefined;
    const engine = await world.engine(async ({ asOf }) => {
      if (asOf !== hour(0)) return done;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    await world.clock.advanceTo(hour(1));
    await engine.idle();
    const expected = [
      { tick: 0, processed: 0, tookMs: timeoutMs + graceMs, ...failed },
      { tick: 1, status: 'succeeded', processed: 1, tookMs: 0, timeLimit: false },
    ];
    expect(await world.runs()).toEqual(expected);
    end({ processed: 99, next: null });
    await world.clock.advanceBy(1);
    expect(await world.runs()).toEqual(expected);
  });

  it('splits no batch, whatever items it has', async () => {
    const world = new World();
    const asked: (readonly string[] | null)[] = [];
    const engine = await world.engine(
      async ({ only, signal }) => {
        asked.push(only);
        await sleep(world.clock, HOUR_MS, signal);
        throw new Error('interrupted');
      },
      { items: async () => ['ada', 'bob'], retry: { maxAttempts: 1 } },
    );
    await world.clock.advanceTo(addMs(start, 59 * MINUTE_MS));
    await engine.idle();
    expect(asked).toEqual([null]);
    expect(await world.store.failedItems.list({ job: 'sweep' }, { limit: 10 })).toEqual([]);
  });

  it('goes on at the checkpoint, with the whole limit again, when the tick is run by hand', async () => {
    const world = new World();
    let slow = true;
    const engine = await world.engine(async ({ checkpoint, signal }) => {
      if (checkpoint === null) return { processed: 10, next: 'half' };
      if (slow) await sleep(world.clock, HOUR_MS, signal);
      signal.throwIfAborted();
      return { processed: 5, next: null };
    });
    await world.clock.advanceTo(addMs(start, 30 * MINUTE_MS));
    await engine.idle();
    expect(await world.runs()).toMatchObject([{ ...failed, processed: 10 }]);
    slow = false;
    await engine.runNow('sweep', hour(0));
    expect(await world.runs()).toMatchObject([{ status: 'succeeded', processed: 15 }]);
  });
});
