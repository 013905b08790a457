import { IntervalSchedule, VirtualClock, memoryStore, hourlyJobs } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { awardId, userId } from '../players/ids.ts';
import { defineJob } from '../../engine/jobs/job-definition.ts';
import { Outages } from '../../engine/health/outages.ts';
import { silentLogger } from '../../engine/common/logger.ts';
import { outboxCheck, outboxLimits } from '../../engine/events/outbox-check.ts';
import { defineBoards } from '../leaderboards/board.ts';
import { MAX_UNFINISHED_MS, boardCheck } from '../leaderboards/board-check.ts';
import { boundedPeriodAt, type BoundedPeriod } from '../leaderboards/period.ts';
import { DAY_MS, HOUR_MS, instant, iso, addMs, type Instant } from '../../engine/time/instant.ts';
import { hostHealth, type HostHealth } from './host-health.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const ada = userId('ada');

/** An hourly recalculation and three boards, in a store on virtual time. */
class World {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly boards = defineBoards([
    { key: 'global', period: 'all' },
    { key: 'weekly', period: 'week' },
    { key: 'daily', period: 'day' },
  ]);
  /** One job that resets them all, daily: how each of its runs goes is for the tests of the check. */
  readonly resets = {
    schedule: new IntervalSchedule(24 * 60),
    job: defineJob({
      name: 'resets',
      schedule: { cron: '0 0 * * *' },
      batch: async () => ({ processed: 0, next: null }),
    }),
  };
  readonly outages = new Outages({ clock: this.clock, logger: silentLogger });
  #awards = 0;

  static async begin(): Promise<World> {
    const world = new World();
    await world.store.jobRegistry.register(hourlyJobs('leaderboard-recalculation', 'of-another-host'), start);
    return world;
  }

  judge({ hasBus = true } = {}): Promise<HostHealth> {
    const { ledger, jobRegistry, storeTime, periodResets, outboxPartitions } = this.store;
    const job = defineJob({
      name: 'leaderboard-recalculation',
      schedule: { cron: '0 * * * *' },
      batch: async () => ({ processed: 0, next: null }),
    });
    const jobs = [{ job, schedule: new IntervalSchedule(60) }];
    const checks = [
      ...this.boards.map((board) =>
        boardCheck(board, {
          periodResets,
          ledger,
          jobRegistry,
          reset: this.resets,
          maxUnfinishedMs: MAX_UNFINISHED_MS,
        }),
      ),
      ...(hasBus ? [outboxCheck(outboxPartitions, outboxLimits('outbox'))] : []),
    ];
    return hostHealth({
      jobRegistry,
      storeTime,
      clock: this.clock,
      jobs,
      checks,
      boards: this.boards,
      outages: this.outages,
      alertLog: this.store.alertLog,
    });
  }

  async recalculate(tick: Instant, processed: number): Promise<void> {
    const { ledger, transactions } = this.store;
    const request = { job: 'leaderboard-recalculation', tick, instanceId: 'one', leaseMs: 15_000 };
    const outcome = await ledger.claim(request);
    if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
    await transactions.run((tx) => ledger.succeed(tx, outcome.claim, { checkpoint: null, processed }));
  }

  /** The daily or weekly period of an instant. */
  period(key: string, at: Instant): { board: World['boards'][number]; period: BoundedPeriod } {
    const board = this.boards.find((one) => one.key === key)!;
    return { board, period: boundedPeriodAt(board, at)! };
  }

  async earn(earnedAt: Instant): Promise<void> {
    const { transactions, awards } = this.store;
    const award = { awardId: awardId(`${(this.#awards += 1)}`), userId: ada, amount: 5, earnedAt };
    const boards = this.boards.filter(({ period }) => period !== 'all');
    await transactions.run((tx) => awards.record(tx, award, boards));
  }

  async seal(key: string, at: Instant): Promise<void> {
    const { transactions, periodResets } = this.store;
    const closed = this.period(key, at);
    await transactions.run((tx) => periodResets.seal(tx, closed, closed.period.endsAt));
  }
}

describe('hostHealth', () => {
  it('judges the jobs of this host by the store’s clock, and says whether any is in trouble', async () => {
    const world = await World.begin();
    expect(await world.judge()).toMatchObject({
      healthy: true,
      judgedAt: start,
      jobs: [{ job: 'leaderboard-recalculation', verdict: 'healthy' }],
    });
    world.clock.jumpTo(hour(3));
    expect(await world.judge()).toMatchObject({
      healthy: false,
      judgedAt: hour(3),
      jobs: [{ job: 'leaderboard-recalculation', verdict: 'never-ran' }],
    });
  });

  it('is healthy while a job is paused', async () => {
    const world = await World.begin();
    await world.store.jobRegistry.pause('leaderboard-recalculation');
    world.clock.jumpTo(hour(3));
    expect(await world.judge()).toMatchObject({ healthy: true, jobs: [{ verdict: 'paused' }] });
  });

  it('counts the events that wait for a bus, and says nothing of them where there is none', async () => {
    const world = await World.begin();
    const { transactions, outbox } = world.store;
    expect((await world.judge()).outbox).toEqual({ pending: 0, oldestAgeMs: null, oldestWaitMs: null });
    const event = { type: 'LivesRefilled', key: 'one', occurredAt: start, payload: { userId: ada } };
    await transactions.run((tx) => outbox.append(tx, [event]));
    world.clock.jumpTo(addMs(start, 9_000));
    expect((await world.judge()).outbox).toEqual({ pending: 1, oldestAgeMs: 9_000, oldestWaitMs: 9_000 });
    expect((await world.judge({ hasBus: false })).outbox).toBeNull();
  });

  it('names the period that ended longest ago and is not sealed, of all boards', async () => {
    const world = await World.begin();
    const oldest = async (): Promise<readonly unknown[] | null> => {
      const { oldestUnsealed: open } = await world.judge();
      return open && [open.board, open.period, iso(open.endedAt), open.ageMs];
    };
    for (const days of [-2, -1, 0]) await world.earn(addMs(start, days * DAY_MS));
    expect(await oldest()).toEqual(['weekly', '2026-W47', '2026-11-23T00:00:00.000Z', DAY_MS]);
    await world.seal('weekly', addMs(start, -2 * DAY_MS));
    expect(await oldest()).toEqual(['daily', '2026-11-22', '2026-11-23T00:00:00.000Z', DAY_MS]);
    await world.seal('daily', addMs(start, -2 * DAY_MS));
    expect(await oldest()).toEqual(['daily', '2026-11-23', '2026-11-24T00:00:00.000Z', 0]);
    await world.seal('daily', addMs(start, -DAY_MS));
    expect(await oldest()).toBeNull();
    world.clock.jumpTo(addMs(start, DAY_MS - 1));
    expect(await oldest()).toBeNull();
    world.clock.jumpTo(addMs(start, DAY_MS));
    expect(await oldest()).toEqual(['daily', '2026-11-24', '2026-11-25T00:00:00.000Z', 0]);
  });

  it('says what the newest recalculation that succeeded had to repair', async () => {
    const world = await World.begin();
    expect((await world.judge()).drift).toBeNull();
    await world.recalculate(hour(0), 7);
    world.clock.jumpTo(hour(1));
    await world.recalculate(hour(1), 3);
    expect((await world.judge()).drift).toEqual({ tick: hour(1), repaired: 3 });
  });
});
