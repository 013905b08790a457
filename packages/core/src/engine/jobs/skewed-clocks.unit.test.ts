import { IntervalSchedule, VirtualClock, hourlyJobs, memoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SkewedClock } from '../../../test/skewed-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { StoreClock } from '../time/store-clock.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { TimerScheduler } from './timer-scheduler.ts';
import { combineObservers } from './run-observer.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const schedule = new IntervalSchedule(60);

/** A store on the true time, and engines on it whose clocks are off. */
class World {
  readonly clock = new VirtualClock(addMs(start, -1));
  readonly store = memoryStore(this.clock);
  /** When somebody asked for the run of a tick, and the answer. */
  readonly asked: { readonly at: Instant; readonly kind: string }[] = [];

  async engine(skewMs: number, options: Partial<JobOptions> = {}) {
    const skewed = new SkewedClock(this.clock, skewMs);
    const clock = new StoreClock(skewed);
    const { ledger, jobRegistry, storeTime, failedItems, transactions } = this.store;
    const batch = async () => ({ processed: 1, next: null });
    const job = defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, batch, ...options });
    const engine = new JobEngine({
      jobs: [{ job, schedule }],
      instanceId: `${skewMs} ms ahead`,
      clock,
      ledger: new Proxy(ledger, {
        get: (target, name) => {
          if (name === 'claim') return (request: Parameters<typeof ledger.claim>[0]) => this.#claim(request);
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      }),
      jobRegistry,
      storeTime,
      failedItems,
      transactions,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await jobRegistry.register(hourlyJobs('sweep'), start);
    await engine.register();
    return { engine, clock, skewed };
  }

  runs() {
    return this.store.ledger.runs('sweep', { limit: 1_000 });
  }

  async #claim(request: Parameters<typeof this.store.ledger.claim>[0]) {
    const outcome = await this.store.ledger.claim(request);
    this.asked.push({ at: this.clock.now(), kind: outcome.kind });
    return outcome;
  }
}

describe('engines with clocks that are off', () => {
  it('outcome 2: ask once more for a tick for which they asked some milliseconds too early, and run it when it has come', async () => {
    const world = new World();
    const { engine } = await world.engine(7);
    engine.start();
    await world.clock.advanceTo(hour(0));
    await engine.idle();
    world.asked.length = 0;
    await world.clock.advanceTo(hour(1));
    expect(world.asked).toEqual([
      { at: addMs(hour(1), -7), kind: 'ahead' },
      { at: hour(1), kind: 'claimed' },
    ]);
    expect((await world.runs())[0]).toMatchObject({ tick: hour(1), status: 'succeeded', startedAt: hour(1) });
  });

  it('outcome 2: answer that a tick lies ahead to who wants it run now, and refuse what lies ahead by their own clock', async () => {
    const world = new World();
    const { engine } = await world.engine(40_000, { delayMs: 10_000 });
    await world.clock.advanceTo(addMs(hour(1), -20_000));
    expect(await engine.runNow('sweep', hour(1))).toEqual({ kind: 'ahead', retryInMs: 30_000 });
    const backfilled = await engine.backfill('sweep', { from: hour(0), to: hour(1) });
    expect(backfilled.map(({ outcome }) => outcome.kind)).toEqual(['done', 'ahead']);
    await expect(engine.runNow('sweep', hour(2))).rejects.toMatchObject({ code: 'FUTURE_TICK' });
    await world.clock.advanceTo(addMs(hour(1), 10_000));
    expect(await engine.runNow('sweep', hour(1))).toMatchObject({ kind: 'ran' });
  });

  it('outcome 2: run the next tick when it comes once a clock that was days ahead follows the store', async () => {
    const world = new World();
    const { engine, clock } = await world.engine(9 * DAY_MS);
    engine.start();
    await world.clock.advanceTo(addMs(hour(1), -MINUTE_MS));
    await clock.measure(() => world.store.storeTime.now());
    await world.clock.advanceTo(hour(1));
    expect((await world.runs())[0]).toMatchObject({ tick: hour(1), status: 'succeeded', startedAt: hour(1) });
  });

  it('outcome 2: go on within a minute when the store’s clock that was days behind is put right', async () => {
    const world = new World();
    world.clock.jumpTo(addMs(start, -9 * DAY_MS));
    const { engine, skewed } = await world.engine(9 * DAY_MS);
    engine.start();
    await world.clock.advanceBy(1_000);
    skewed.skewMs = 0;
    world.clock.jumpTo(addMs(start, 1_000));
    await world.clock.advanceBy(MINUTE_MS);
    expect((await world.runs())[0]).toMatchObject({ tick: hour(0), status: 'succeeded' });
  });

  it('law 2: run no tick before it has come, give up none that is owed, and miss none while one of them is right', async () => {
    const skew = fc.oneof(
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
      fc.integer({ min: -9 * DAY_MS, max: 9 * DAY_MS }),
    );
    const when = fc.integer({ min: 0, max: 20 * 60 }).map((minutes) => addMs(start, minutes * MINUTE_MS));
    const late = fc.record({ skew, at: when });
    const options = fc.record({
      missedTicks: fc.constantFrom('every' as const, 'latest' as const, 'none' as const),
      delayMs: fc.constantFrom(0, 10_000),
      catchUpWindowMs: fc.constantFrom(3 * HOUR_MS, 30 * DAY_MS),
    });
    await fc.assert(
      fc.asyncProperty(options, when, fc.array(late, { maxLength: 3 }), async (job, rightAt, others) => {
        const world = new World();
        const begins = [{ skew: 0, at: rightAt }, ...others].sort((a, b) => a.at - b.at);
        for (const { skew: skewMs, at } of begins) {
          await world.clock.advanceTo(at);
          const { engine } = await world.engine(skewMs, job);
          engine.start();
        }
        const end = addMs(world.clock.now(), 2 * HOUR_MS);
        await world.clock.advanceTo(end);

        const runs = await world.runs();
        for (const { tick, status, startedAt, finishedAt, error } of runs) {
          if (status === 'skipped') {
            const over = {
              superseded: addMs(tick, HOUR_MS),
              missed: tick,
              'too-old': addMs(tick, job.catchUpWindowMs),
            };
            expect(finishedAt).toBeGreaterThanOrEqual(over[error as keyof typeof over]);
          } else expect(startedAt).toBeGreaterThanOrEqual(addMs(tick, job.delayMs));
        }
        const ticks = [...schedule.between(addMs(start, -1), addMs(end, -job.delayMs))];
        expect(runs.map(({ tick }) => tick)).toEqual(ticks.reverse());
        expect((await world.store.jobRegistry.records())[0]!.watermark).toBeLessThanOrEqual(end);
      }),
      { numRuns: 150 },
    );
  });
});
