import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { unreachable } from '../../../test/unreachable.ts';
import { silentLogger } from '../common/logger.ts';
import { MINUTE_MS, addMs, instant, type Instant } from '../time/instant.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine, type RegistrationMode } from './job-engine.ts';
import { JobTimelines } from './job-timelines.ts';
import type { JobRegistry } from './job-registry.ts';
import { combineObservers } from './run-observer.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:00:00Z');
const after = (minutes: number): Instant => addMs(start, minutes * MINUTE_MS);

/** One store, and engines on it that write down when they run which tick. */
class World {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly ran: string[] = [];
  isAway = false;
  troubles: (readonly [string, number] | 'recovered')[] = [];

  async engine({
    cron = '0 * * * *',
    register = 'all',
    jobRegistry = this.store.jobRegistry,
    ...options
  }: Partial<JobOptions> & {
    readonly cron?: string;
    readonly register?: RegistrationMode;
    readonly jobRegistry?: JobRegistry;
  } = {}): Promise<JobEngine> {
    const { clock, store } = this;
    const schedules = new CronerScheduleParser();
    const timelines = new JobTimelines({ schedules, logger: silentLogger });
    const job = defineJob({
      name: 'sweep',
      schedule: { cron },
      batch: async ({ asOf }) => {
        this.ran.push(`${minutes(asOf)} at ${minutes(clock.now())}`);
        return { processed: 1, next: null };
      },
      ...options,
    });
    const engine = new JobEngine({
      ...store,
      jobRegistry,
      ledger: unreachable(store.ledger, () => this.isAway),
      jobs: [{ job, schedule: timelines.add('sweep', schedules.parse(job.schedule)) }],
      timelines,
      refresh: async () => engine.adopt(await store.jobRegistry.ticks()),
      instanceId: 'one',
      clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([
        {
          engineFailed: (of, _error, delayMs) => void this.troubles.push([of, delayMs]),
          engineRecovered: () => void this.troubles.push('recovered'),
        },
      ]),
    });
    await engine.register(register);
    return engine;
  }
}

function minutes(at: Instant): string {
  return String((at - start) / MINUTE_MS);
}

describe('registering', () => {
  it('records the schedule of the code, and from then on every instance runs by it', async () => {
    const world = new World();
    const old = await world.engine({ cron: '30 * * * *' });
    old.start();
    await world.engine({ cron: '15 * * * *' });
    old.adopt(await world.store.jobRegistry.ticks());
    await world.clock.advanceTo(after(60));
    expect(world.ran).toEqual(['15 at 15']);
    expect(old.scheduled('sweep').schedule.cron).toBe('15 * * * *');
  });

  it('as `new` leaves the schedule that is on record, and records one that is not', async () => {
    const world = new World();
    await world.engine({ cron: '30 * * * *', register: 'new' });
    const engine = await world.engine({ cron: '15 * * * *', register: 'new' });
    engine.start();
    await world.clock.advanceTo(after(60));
    expect(world.ran).toEqual(['30 at 30']);
  });

  it('as `none` records nothing: the job is known and has no ticks', async () => {
    const world = new World();
    const engine = await world.engine({ register: 'none' });
    expect(await world.store.jobRegistry.ticks()).toEqual([]);
    expect(engine.scheduled('sweep').job.name).toBe('sweep');
    await expect(engine.runNow('sweep')).rejects.toMatchObject({
      code: 'JOB_NOT_REGISTERED',
      message: expect.stringMatching(/^The job sweep is not registered in this store/) as string,
    });
    await world.engine();
    const reader = await world.engine({ register: 'none' });
    expect(await reader.runNow('sweep')).toMatchObject({ kind: 'ran' });
  });

  it('says so if an adapter does not return a job that was registered', async () => {
    const world = new World();
    const { jobRegistry } = world.store;
    const forgetful = new Proxy(jobRegistry, {
      get: (target, name) =>
        name === 'records' ? async () => [] : (Reflect.get(target, name) as () => unknown).bind(target),
    });
    await expect(world.engine({ jobRegistry: forgetful })).rejects.toThrow(
      /^Option jobRegistry must return each job that was registered; the adapter does not; got "sweep"/,
    );
  });

  it('a change of the schedule wakes the job at once, but not after the engine has stopped', async () => {
    const world = new World();
    const engine = await world.engine({ cron: '0 */6 * * *' });
    engine.start();
    await world.clock.advanceTo(after(90));
    await world.engine({ cron: '*/30 * * * *' });
    engine.adopt(await world.store.jobRegistry.ticks());
    await world.clock.advanceTo(after(120));
    expect(world.ran).toEqual(['0 at 0', '90 at 90', '120 at 120']);
    await engine.stop(1_000);
    await world.engine({ cron: '45 * * * *' });
    engine.adopt(await world.store.jobRegistry.ticks());
    await world.clock.advanceTo(after(240));
    expect(world.ran).toHaveLength(3);
    expect(world.clock.timers).toBe(0);
  });
});

describe('a paused job', () => {
  it('runs nothing until it is resumed here, and then what it owes', async () => {
    const world = new World();
    const engine = await world.engine();
    engine.start();
    await world.clock.advanceTo(after(10));
    await engine.pause('sweep');
    await world.clock.advanceTo(after(125));
    expect(world.ran).toEqual(['0 at 0']);
    await engine.resume('sweep');
    await world.clock.advanceBy(0);
    await engine.idle();
    expect(world.ran.slice(1)).toEqual(['60 at 125', '120 at 125']);
  });

  it('goes on within a minute of being resumed elsewhere', async () => {
    const world = new World();
    const engine = await world.engine();
    engine.start();
    await world.clock.advanceTo(after(10));
    await engine.pause('sweep');
    await world.clock.advanceTo(addMs(after(90), 1));
    await world.store.jobRegistry.resume('sweep');
    await world.clock.advanceBy(MINUTE_MS);
    await engine.idle();
    expect(world.ran).toEqual(['0 at 0', '60 at 91']);
  });

  it('that is resumed by a tool, which runs no jobs, is not run there', async () => {
    const world = new World();
    const engine = await world.engine();
    await engine.pause('sweep');
    await engine.resume('sweep');
    await world.clock.advanceTo(after(10));
    await engine.idle();
    expect(world.ran).toEqual([]);
  });

  it('has a name that the engine knows', async () => {
    const engine = await new World().engine();
    for (const verb of ['pause', 'resume'] as const)
      await expect(engine[verb]('swep')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  });
});

describe('a job with a delay', () => {
  it('runs each tick when its delay is over, and tells by hand when that will be', async () => {
    const world = new World();
    const engine = await world.engine({ delayMs: 5 * MINUTE_MS });
    await expect(engine.runNow('sweep', start)).rejects.toThrow(
      'The run of sweep at 2026-11-24T00:00:00.000Z cannot begin before 2026-11-24T00:05:00.000Z; it is 2026-11-24T00:00:00.000Z now; use an earlier tick.',
    );
    engine.start();
    await world.clock.advanceTo(after(65));
    await engine.idle();
    expect(world.ran).toEqual(['0 at 5', '60 at 65']);
    // The scheduler's.
    expect(world.clock.timers).toBe(1);
  });

  it('runs by hand the newest tick whose delay is over', async () => {
    const world = new World();
    const engine = await world.engine({ delayMs: 5 * MINUTE_MS });
    await world.clock.advanceTo(after(64));
    expect(await engine.runNow('sweep')).toMatchObject({ report: { tick: start } });
    await world.clock.advanceTo(after(65));
    expect(await engine.runNow('sweep')).toMatchObject({ report: { tick: after(60) } });
  });
});

describe('while the store is away', () => {
  it('a job is tried again after growing pauses of at most 15 seconds, and says once that it goes on', async () => {
    const world = new World();
    const engine = await world.engine();
    world.isAway = true;
    engine.start();
    await world.clock.advanceBy(70_000);
    const delays = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000];
    expect(world.troubles).toEqual(delays.map((delayMs) => ['sweep', delayMs]));
    world.isAway = false;
    await world.clock.advanceBy(15_000);
    await engine.idle();
    expect(world.ran).toEqual(['0 at 1.2583333333333333']);
    expect(world.troubles.slice(delays.length)).toEqual(['recovered']);
    world.isAway = true;
    await world.clock.advanceTo(after(60));
    expect(world.troubles.at(-1)).toEqual(['sweep', 500]);
    await engine.stop(1_000);
    expect(world.clock.timers).toBe(0);
  });
});

describe('failed items', () => {
  it('are listed by job and tick, a hundred at a time unless asked otherwise', async () => {
    const world = new World();
    const engine = await world.engine();
    const { transactions, failedItems } = world.store;
    await transactions.run(async (tx) => {
      for (let index = 0; index < 150; index += 1) {
        const item = `item-${String(index).padStart(3, '0')}`;
        await failedItems.record(tx, { job: 'sweep', tick: after((index % 2) * 60), item, error: 'no' });
      }
    });
    expect(await engine.failedItems('sweep')).toHaveLength(100);
    expect(await engine.failedItems('sweep', { limit: 10_000 })).toHaveLength(150);
    const first = await engine.failedItems('sweep', { tick: start, limit: 2 });
    expect(first.map(({ item }) => item)).toEqual(['item-000', 'item-002']);
    const next = await engine.failedItems('sweep', { tick: start, limit: 1, after: first[1]! });
    expect(next.map(({ item }) => item)).toEqual(['item-004']);
    for (const limit of [0, 10_001])
      await expect(engine.failedItems('sweep', { limit })).rejects.toThrow(/^Option limit must be/);
    await expect(engine.failedItems('swep')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  });

  it('are only retried where a job knows its items', async () => {
    const engine = await new World().engine();
    await expect(engine.retryFailedItems('sweep', start)).rejects.toMatchObject({
      code: 'JOB_WITHOUT_ITEMS',
      message: expect.stringMatching(/^The job sweep does not define its items/) as string,
    });
  });
});

describe('an engine without jobs', () => {
  it('says so when it is asked for one', () => {
    const { clock, store } = new World();
    const engine = new JobEngine({
      ...store,
      jobs: [],
      instanceId: 'one',
      clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    expect(() => engine.scheduled('sweep')).toThrow('There is no job "sweep"; this host has none.');
  });
});
