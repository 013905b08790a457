import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { hourlyJobs, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { awardId, userId } from '../players/ids.ts';
import { defineJob, type JobOptions } from '../../engine/jobs/job-definition.ts';
import type { Claim } from '../../engine/jobs/run-ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { defineBoards } from './board.ts';
import { MAX_UNFINISHED_MS, boardCheck, boardCheckName } from './board-check.ts';
import { boundedPeriodAt } from './period.ts';

const WEEK_MS = 7 * DAY_MS;
const monday = instant('2026-11-09T00:00:00Z');
/** The end of the week. */
const tick = addMs(monday, WEEK_MS);
const [board] = defineBoards([{ key: 'weekly', period: 'week' }]) as [
  ReturnType<typeof defineBoards>[number],
];

/** A weekly board of somebody with XP, and a ledger in which its reset is run by hand. */
class World {
  readonly clock = new VirtualClock(monday);
  readonly store = memoryStore(this.clock);
  readonly reset;
  #awards = 0;

  constructor(options: Partial<JobOptions> = {}) {
    const job = defineJob({
      name: 'leaderboard-reset-weekly',
      schedule: { cron: '0 0 * * 1' },
      delayMs: 10_000,
      batch: async () => ({ processed: 0, next: null }),
      ...options,
    });
    this.reset = { job, schedule: new CronerScheduleParser().parse(job.schedule) };
  }

  static async begin(options: Partial<JobOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.store.jobRegistry.register(hourlyJobs(world.reset.job.name), monday);
    await world.earn();
    return world;
  }

  async earn(): Promise<void> {
    const { transactions, awards } = this.store;
    const earnedAt = this.clock.now();
    const award = { awardId: awardId(`${(this.#awards += 1)}`), userId: userId('ada'), amount: 5, earnedAt };
    await transactions.run((tx) => awards.record(tx, award, [board]));
  }

  async begins(at: Instant): Promise<Claim> {
    this.clock.jumpTo(at);
    const request = { job: this.reset.job.name, tick, instanceId: 'one', leaseMs: WEEK_MS, again: true };
    const outcome = await this.store.ledger.claim(request);
    if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
    return outcome.claim;
  }

  async step(step: 'seal' | 'archive' | 'finish'): Promise<void> {
    const { transactions, periodResets } = this.store;
    const at = { board, period: boundedPeriodAt(board, addMs(tick, -1))! };
    await transactions.run<unknown>((tx) => {
      if (step === 'seal') return periodResets.seal(tx, at, tick);
      if (step === 'archive') return periodResets.archive(tx, { ...at, after: null, limit: 10 });
      return periodResets.finish(tx, at, tick);
    });
  }

  async judge(at: Instant) {
    this.clock.jumpTo(at);
    const { periodResets, ledger, jobRegistry } = this.store;
    const check = boardCheck(board, {
      periodResets,
      ledger,
      jobRegistry,
      reset: this.reset,
      maxUnfinishedMs: MAX_UNFINISHED_MS,
    });
    const { facts, finding } = await check.judge(at);
    return { ...facts, text: finding?.text ?? null, severity: finding?.severity ?? null };
  }
}

describe('the check of a board', () => {
  it('tells of a period that is over and was not sealed in the time that its reset has for it', async () => {
    const world = await World.begin();
    expect(await world.judge(addMs(tick, -1))).toMatchObject({ oldestUnsealed: null, text: null });
    // An hour beyond the tick, and the grace for awards on their way.
    const end = addMs(tick, HOUR_MS + 10_000);
    expect(await world.judge(end)).toMatchObject({
      oldestUnsealed: { board: 'weekly', period: '2026-W46', endedAt: tick, ageMs: HOUR_MS + 10_000 },
      text: null,
    });
    expect(await world.judge(addMs(end, 1))).toMatchObject({
      severity: 'critical',
      text: '2026-W46 ended at 2026-11-16T00:00:00.000Z, 60 min ago, and is not sealed; leaderboard-reset-weekly should have sealed it',
    });
    await world.step('seal');
    expect((await world.judge(addMs(end, 1))).oldestUnsealed).toBeNull();
  });

  it('tells of a period that is sealed and not archived, or not finished, since its run began and not its tick', async () => {
    const world = await World.begin();
    // Hosts were down: the tick is run three days late.
    const began = addMs(tick, 3 * DAY_MS);
    const claim = await world.begins(began);
    await world.step('seal');
    expect(await world.judge(addMs(began, MAX_UNFINISHED_MS))).toMatchObject({
      oldestUnfinished: { period: '2026-W46', sealedAt: tick, isArchived: false, ageMs: MAX_UNFINISHED_MS },
      text: null,
    });
    await world.store.ledger.fail(claim, 'no space left');
    const overdue = addMs(began, MAX_UNFINISHED_MS + 1);
    expect(await world.judge(overdue)).toMatchObject({
      severity: 'warning',
      text: '2026-W46 was sealed 10 min ago and its final standings are not archived; leaderboard-reset-weekly should have done it',
    });
    // While it is done again it is unfinished still, so that nobody is told of an end and a new beginning.
    await world.begins(overdue);
    await world.step('archive');
    expect(await world.judge(overdue)).toMatchObject({
      oldestUnfinished: { isArchived: true },
      severity: 'warning',
      text: expect.stringContaining('its reset is not finished') as string,
    });
    await world.step('finish');
    expect(await world.judge(overdue)).toMatchObject({ oldestUnfinished: null, text: null });
  });

  it('waits for the tick of a reset that was moved to a quiet hour', async () => {
    const world = await World.begin({ schedule: { cron: '0 4 * * 1' } });
    const end = addMs(tick, 5 * HOUR_MS + 10_000);
    expect((await world.judge(end)).text).toBeNull();
    expect((await world.judge(addMs(end, 1))).severity).toBe('critical');
  });

  it('waits for as long as the reset may be late', async () => {
    const world = await World.begin({ lateAfterMs: WEEK_MS + 9 * HOUR_MS });
    const end = addMs(tick, 9 * HOUR_MS);
    expect((await world.judge(end)).text).toBeNull();
    expect((await world.judge(addMs(end, 1))).severity).toBe('critical');
  });

  it('is silent while the reset is paused, and gives it its time anew when it goes on', async () => {
    const world = await World.begin();
    const { jobRegistry } = world.store;
    await jobRegistry.pause(world.reset.job.name);
    expect((await world.judge(addMs(tick, 3 * DAY_MS))).text).toBeNull();
    await jobRegistry.resume(world.reset.job.name);
    expect((await world.judge(addMs(tick, 3 * DAY_MS + MINUTE_MS))).text).toBeNull();
    expect((await world.judge(addMs(tick, WEEK_MS + HOUR_MS + 10_001))).severity).toBe('critical');
  });

  it('gives a reset that is registered after the end of a period until its next tick', async () => {
    const world = new World();
    await world.earn();
    world.clock.jumpTo(addMs(tick, DAY_MS));
    await world.store.jobRegistry.register(hourlyJobs(world.reset.job.name), world.clock.now());
    expect((await world.judge(addMs(tick, 3 * DAY_MS))).text).toBeNull();
    expect((await world.judge(addMs(tick, WEEK_MS + HOUR_MS + 10_001))).severity).toBe('critical');
  });

  it('is called by the key of its board', () => {
    expect(boardCheckName(board)).toBe('board-weekly');
  });

  it('costs one look while all is well', async () => {
    const world = await World.begin();
    world.store.jobRegistry.records = async () => {
      throw new Error('nobody may read all records');
    };
    world.store.ledger.runs = async () => {
      throw new Error('nobody may read runs');
    };
    expect((await world.judge(addMs(tick, 10 * MINUTE_MS))).text).toBeNull();
  });
});
