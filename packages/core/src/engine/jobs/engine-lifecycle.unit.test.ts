import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { IntervalSchedule } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { EngineWorld, gone, hour, start } from '../../../test/engine-world.ts';
import { SkewedClock } from '../../../test/skewed-clock.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { silentLogger } from '../common/logger.ts';
import { MINUTE_MS, addMs } from '../time/instant.ts';
import { OneTimeSchedule } from '../time/one-time-schedule.ts';
import { JobEngine } from './job-engine.ts';
import type { JobRegistry } from './job-registry.ts';
import { JobTimelines } from './job-timelines.ts';
import { TimerScheduler } from './timer-scheduler.ts';

describe('an engine', () => {
  it('that registers nothing writes nothing, as a reader without the right to write', async () => {
    const world = new EngineWorld();
    await world.engine('one');
    const jobRegistry = withVerbs<JobRegistry>(world.store.jobRegistry, {
      register: () => Promise.reject(gone),
    });
    const engine = new JobEngine({
      ...world.ports({ jobRegistry }),
      jobs: [{ job: world.job(), schedule: new IntervalSchedule(60) }],
      instanceId: 'reader',
      scheduler: new TimerScheduler(world.clock),
    });
    await engine.register('none');
    await engine.register('new');
    expect(await engine.runNow('sweep')).toMatchObject({ kind: 'ran' });
    await expect(engine.register('all')).rejects.toBe(gone);
  });

  it('that is not started runs no schedule that changes, and by hand its ticks', async () => {
    const world = new EngineWorld();
    const schedules = new CronerScheduleParser();
    const timelines = new JobTimelines({ schedules, logger: silentLogger });
    const job = world.job();
    const engine = new JobEngine({
      ...world.ports(),
      jobs: [{ job, schedule: timelines.add('sweep', schedules.parse({ cron: '0 * * * *' })) }],
      timelines,
      instanceId: 'tool',
      scheduler: new TimerScheduler(world.clock),
    });
    await engine.register();
    await world.engine('one', { schedule: { cron: '*/30 * * * *' } });
    engine.adopt(await world.store.jobRegistry.ticks());
    await engine.idle();
    expect([world.runs, world.clock.timers]).toEqual([[], 0]);
    await world.clock.advanceBy(30 * MINUTE_MS);
    expect(await engine.runNow('sweep', addMs(start, 30 * MINUTE_MS))).toMatchObject({ kind: 'ran' });
  });

  it('that follows its own code adopts no record', async () => {
    const world = new EngineWorld();
    const engine = await world.engine('one');
    engine.start();
    await engine.idle();
    engine.adopt(await world.store.jobRegistry.ticks());
    await world.clock.advanceBy(1);
    expect(world.runs).toHaveLength(1);
    expect(world.clock.nextTimerAt).toBe(hour(1));
    await engine.stop(1_000);
  });

  it('says so when it stops, if only one of its jobs still holds a lease', async () => {
    for (const failing of [[], ['one'], ['two'], ['one', 'two']]) {
      const world = new EngineWorld();
      const schedule = new IntervalSchedule(60);
      const jobs = ['one', 'two'].map((name) => {
        const batch = async () => {
          if (failing.includes(name)) throw gone;
          return { processed: 1, next: null };
        };
        return { job: world.job({ name, batch }), schedule };
      });
      const scheduler = new TimerScheduler(world.clock);
      const engine = new JobEngine({ ...world.ports(), jobs, instanceId: 'one', scheduler });
      await engine.register();
      engine.start();
      await engine.idle();
      expect(await engine.stop(1_000)).toBe(failing.length === 0);
    }
  });
});

describe('a job that runs once', () => {
  const tick = hour(1);

  it('is not run by hand before, runs at its instant, and sets no timer after it', async () => {
    const world = new EngineWorld();
    const engine = await world.engine('one', {}, { schedule: new OneTimeSchedule(tick) });
    await expect(engine.runNow('sweep')).rejects.toMatchObject({
      code: 'NOT_A_TICK',
      message: 'sweep has no tick at 2026-11-24T00:00:00.000Z; the nearest are 2026-11-24T01:00:00.000Z.',
    });
    engine.start();
    await world.clock.advanceTo(hour(30));
    await engine.idle();
    expect(world.runs).toMatchObject([{ tick, end: 'succeeded' }]);
    expect(world.clock.timers).toBe(0);
  });
});

describe('failed items of a tick that a new schedule no longer has', () => {
  it('can be retried; an instant without any is refused', async () => {
    const world = new EngineWorld();
    const before = await world.engine('one', { items: async () => [], maxFailureRate: 1 });
    await world.clock.advanceTo(hour(1));
    await before.runNow('sweep');
    await world.recordFailed(['1'], hour(1));
    const schedule = new IntervalSchedule(120);
    const after = await world.engine('two', { items: async () => [], maxFailureRate: 1 }, { schedule });
    expect(await after.retryFailedItems('sweep', hour(1))).toMatchObject({ kind: 'retried', succeeded: 1 });
    await expect(after.retryFailedItems('sweep', hour(1))).rejects.toMatchObject({ code: 'NOT_A_TICK' });
  });
});

describe('a job with a delay on a host whose clock is ahead', () => {
  it('skips no tick that the store lets run', async () => {
    const world = new EngineWorld();
    const clock = new SkewedClock(world.clock, 10 * MINUTE_MS);
    const options = { missedTicks: 'latest', delayMs: 5 * MINUTE_MS } as const;
    const engine = await world.engine('ahead', options, { clock });
    world.clock.jumpTo(addMs(hour(3), 2 * MINUTE_MS));
    expect(await engine.runNow('sweep')).toEqual({ kind: 'ahead', retryInMs: 3 * MINUTE_MS });
    expect(world.runs).toMatchObject([{ tick: hour(2), end: 'succeeded' }]);
    expect(await world.run(hour(3))).toBeUndefined();
  });
});

describe('a job that knows when it has nothing to do', () => {
  it('is asked once about each tick', async () => {
    const world = new EngineWorld();
    const asked: number[] = [];
    const isIdle = async (asOf: number): Promise<boolean> => {
      asked.push(asOf);
      return true;
    };
    const engine = await world.engine('one', { isIdle });
    engine.start();
    await world.clock.advanceTo(hour(2));
    await engine.idle();
    expect(await engine.runNow('sweep')).toEqual({ kind: 'done', status: 'succeeded' });
    expect(asked).toEqual([hour(0), hour(1), hour(2)]);
    await engine.stop(1_000);
  });
});

describe('a tick that has failed', () => {
  it('is repeated by hand also by an instance that has not seen it fail, once for each call', async () => {
    const world = new EngineWorld();
    let isBroken = true;
    const batch = async () => {
      if (isBroken) throw new Error('disk full');
      return { processed: 1, next: null };
    };
    const [one, two] = [await world.engine('one', { batch }), await world.engine('two', { batch })];
    expect(await one.runNow('sweep')).toMatchObject({ kind: 'ran', report: { end: 'failed', fence: 1 } });
    expect(await two.runNow('sweep')).toMatchObject({ kind: 'ran', report: { end: 'failed', fence: 2 } });
    isBroken = false;
    expect(await two.runNow('sweep')).toMatchObject({ kind: 'ran', report: { end: 'succeeded', fence: 3 } });
    expect(await one.runNow('sweep')).toEqual({ kind: 'done', status: 'succeeded' });
  });

  it('is not repeated by the call in which it fails', async () => {
    const world = new EngineWorld();
    const batch = () => Promise.reject(new Error('disk full'));
    const engine = await world.engine('one', { batch });
    await engine.runNow('sweep');
    expect(world.runs).toHaveLength(1);
  });
});

describe('a tick that another instance has skipped', () => {
  it('is run by hand, also by an instance that has not seen that', async () => {
    const world = new EngineWorld();
    const options = { missedTicks: 'latest' } as const;
    const [one, two] = [await world.engine('one', options), await world.engine('two', options)];
    await world.clock.advanceTo(hour(2));
    await one.runNow('sweep');
    expect(await world.run(hour(1))).toMatchObject({ status: 'skipped' });
    expect(await two.runNow('sweep', hour(1))).toMatchObject({ kind: 'ran', report: { tick: hour(1) } });
    expect(await two.backfill('sweep', { from: start, to: hour(2) })).toMatchObject([
      { outcome: { kind: 'ran' } },
      { outcome: { kind: 'done', status: 'succeeded' } },
      { outcome: { kind: 'done', status: 'succeeded' } },
    ]);
  });
});
