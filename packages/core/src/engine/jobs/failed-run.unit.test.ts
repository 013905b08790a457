import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { judgeJob } from '../health/job-health.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, instant, iso, addMs, type Instant } from '../time/instant.ts';
import { failedRun } from './failed-run.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { TimerScheduler } from './timer-scheduler.ts';
import { combineObservers } from './run-observer.ts';

const noon = instant('2026-11-24T12:00:00Z');
const policy = { maxAttempts: 5, initialDelayMs: 5_000, maxDelayMs: 20_000 };

/** A job at noon of every day whose runs fail while it is broken, and engines that share its ledger. */
class World {
  readonly clock = new VirtualClock(addMs(noon, -1));
  readonly store = memoryStore(this.clock);
  /** When runs ended, and how. */
  readonly ends: string[] = [];
  /** What the batches of the runs went on at. */
  readonly checkpoints: unknown[] = [];
  broken = true;
  readonly #options: Partial<JobOptions>;

  constructor(options: Partial<JobOptions> = { retryRun: policy }) {
    this.#options = options;
  }

  get job() {
    return defineJob({
      name: 'sweep',
      schedule: { cron: '0 12 * * *' },
      retry: { maxAttempts: 1 },
      batch: async ({ checkpoint, asOf }) => {
        this.checkpoints.push(checkpoint);
        if (checkpoint === null) return { processed: 1, next: 'half' };
        if (this.broken) throw new Error(`poison at ${iso(asOf)}`);
        return { processed: 1, next: null };
      },
      ...this.#options,
    });
  }

  get schedule() {
    return new CronerScheduleParser().parse(this.job.schedule);
  }

  async engine(instanceId = 'one'): Promise<JobEngine> {
    const engine = new JobEngine({
      ...this.store,
      jobs: [{ job: this.job, schedule: this.schedule }],
      instanceId,
      clock: this.clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(this.clock),
      random: () => 0,
      observer: combineObservers([
        { runEnded: ({ end }) => void this.ends.push(`${(this.clock.now() - noon) / SECOND_MS} s ${end}`) },
      ]),
    });
    await engine.register();
    return engine;
  }

  async verdict(): Promise<string> {
    const [record] = await this.store.jobRegistry.records();
    return judgeJob({ job: this.job, schedule: this.schedule, record: record!, now: this.clock.now() })
      .verdict;
  }

  async advanceTo(at: Instant): Promise<void> {
    await this.clock.advanceTo(at);
  }
}

describe('a run that failed', () => {
  it('is done again after growing pauses, from its checkpoint, until it has succeeded', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.advanceTo(addMs(noon, 16_000));
    world.broken = false;
    await world.advanceTo(addMs(noon, HOUR_MS));
    expect(world.ends).toEqual(['0 s failed', '5 s failed', '15 s failed', '35 s succeeded']);
    expect(world.checkpoints).toEqual([null, 'half', 'half', 'half', 'half']);
    const [run] = await world.store.ledger.runs('sweep', { limit: 5 });
    expect(run).toMatchObject({ tick: noon, status: 'succeeded', fence: 4, processed: 2, error: null });
  });

  it('is done again so often and no oftener, however many engines there are and however late they start', async () => {
    const world = new World();
    for (const instanceId of ['one', 'two']) (await world.engine(instanceId)).start();
    await world.advanceTo(addMs(noon, 20_000));
    (await world.engine('three')).start();
    await world.advanceTo(addMs(noon, HOUR_MS));
    expect(world.ends).toEqual(['0 s failed', '5 s failed', '15 s failed', '35 s failed', '55 s failed']);
  });

  it('is done again by another engine when the one that ran it is gone', async () => {
    const world = new World();
    const first = await world.engine();
    first.start();
    await world.advanceTo(addMs(noon, 1_000));
    await first.stop(0);
    world.broken = false;
    await world.advanceTo(addMs(noon, MINUTE_MS));
    expect(world.ends).toEqual(['0 s failed']);
    (await world.engine('two')).start();
    await world.advanceTo(addMs(noon, MINUTE_MS + 1));
    expect(world.ends).toEqual(['0 s failed', '60 s succeeded']);
  });

  it('waits for its next tick where its job does not say otherwise', async () => {
    const world = new World({});
    (await world.engine()).start();
    await world.advanceTo(noon);
    expect(await failedRun(world.job, world.store)).toBeNull();
    await world.advanceTo(addMs(noon, HOUR_MS));
    expect(world.ends).toEqual(['0 s failed']);
  });

  it('is done again by another engine that saw it fail', async () => {
    const world = new World();
    const [one, two] = [await world.engine('one'), await world.engine('two')];
    one.start();
    two.start();
    await world.advanceTo(addMs(noon, 1_000));
    expect(world.ends).toEqual(['0 s failed']);
    await one.stop(0);
    world.broken = false;
    await world.advanceTo(addMs(noon, MINUTE_MS));
    expect(world.ends).toEqual(['0 s failed', '5 s succeeded']);
    await two.stop(0);
  });

  it('is done again while the next tick waits for the delay of its job', async () => {
    const world = new World({ retryRun: policy, schedule: { cron: '0 * * * *' }, delayMs: 40 * MINUTE_MS });
    (await world.engine()).start();
    await world.advanceTo(addMs(noon, 40 * MINUTE_MS));
    expect(world.ends).toEqual(['2400 s failed']);
    world.broken = false;
    await world.advanceTo(addMs(noon, 41 * MINUTE_MS));
    expect(world.ends).toEqual(['2400 s failed', '2405 s succeeded']);
  });

  it('is left to people once a newer tick has been run', async () => {
    const world = new World({
      retryRun: { ...policy, maxDelayMs: 24 * HOUR_MS, initialDelayMs: 20 * HOUR_MS },
    });
    (await world.engine()).start();
    await world.advanceTo(addMs(noon, 23 * HOUR_MS));
    world.broken = false;
    await world.advanceTo(addMs(noon, 24 * HOUR_MS));
    await world.advanceTo(addMs(noon, 47 * HOUR_MS));
    const runs = await world.store.ledger.runs('sweep', { limit: 5 });
    expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  });

  it('is not done again while its job is paused, and is when it goes on', async () => {
    const world = new World();
    const engine = await world.engine();
    engine.start();
    await world.advanceTo(addMs(noon, 1_000));
    await engine.pause('sweep');
    world.broken = false;
    await world.advanceTo(addMs(noon, HOUR_MS));
    expect(world.ends).toEqual(['0 s failed']);
    await engine.resume('sweep');
    await world.advanceTo(addMs(noon, HOUR_MS + 1));
    expect(world.ends).toEqual(['0 s failed', '3600 s succeeded']);
  });

  it('is failing until it has succeeded, also while it is at work again', async () => {
    const world = new World();
    const first = await world.engine();
    first.start();
    await world.advanceTo(noon);
    expect(await world.verdict()).toBe('failing');
    await first.stop(0);
    const claim = await world.store.ledger.claim({
      job: 'sweep',
      tick: noon,
      instanceId: 'two',
      leaseMs: 15_000,
      again: true,
    });
    expect((await world.store.jobRegistry.records())[0]!.running).toMatchObject({
      status: 'running',
      fence: 2,
    });
    expect(await world.verdict()).toBe('failing');
    if (claim.kind !== 'claimed') throw new Error(`the run is ${claim.kind}`);
    await world.store.ledger.succeed(null, claim.claim, { checkpoint: null, processed: 2 });
    expect(await world.verdict()).toBe('healthy');
  });
});
