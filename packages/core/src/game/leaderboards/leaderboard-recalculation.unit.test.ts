import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awardId, userId, type UserId } from '../players/ids.ts';
import { JobEngine } from '../../engine/jobs/job-engine.ts';
import { TimerScheduler } from '../../engine/jobs/timer-scheduler.ts';
import { combineObservers } from '../../engine/jobs/run-observer.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { defineBoards } from './board.ts';
import type { Drift } from './leaderboard-cache.ts';
import { leaderboardRecalculation, recalculate, countDrift } from './leaderboard-recalculation.ts';
import { periodAt } from './period.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore } from './standing.ts';

const start = instant('2026-11-24T00:30:00Z');
const hour = (count: number): Instant => addMs(instant('2026-11-24T00:00:00Z'), count * HOUR_MS);
const players = ['ada', 'bob', 'cy', 'dot'].map(userId);
const [ada, bob] = players as [UserId, UserId];

/** Boards with their caches, and an instance that recalculates them every hour. */
class World {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly boards = defineBoards();
  readonly engine: JobEngine;
  readonly runs: (readonly [tick: Instant, repaired: number])[] = [];
  #awards = 0;

  private constructor() {
    const { store, clock, boards } = this;
    const cache = store.leaderboardCache;
    const job = leaderboardRecalculation({ ...store, boards, cache });
    this.engine = new JobEngine({
      ...store,
      jobs: [{ job, schedule: new IntervalSchedule(60) }],
      instanceId: 'one',
      clock,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([
        { runEnded: ({ tick, processed }) => void this.runs.push([tick, processed]) },
      ]),
    });
  }

  static async begin(): Promise<World> {
    const world = new World();
    await world.engine.register();
    return world;
  }

  at(key: string): BoardPeriod {
    const board = this.boards.find((board) => board.key === key)!;
    return { board, period: periodAt(board, this.clock.now()) };
  }

  /** Counts an award; the caches hear of it unless they missed it. */
  async earn(player: UserId, amount: number, { isMissed = false } = {}): Promise<void> {
    const { transactions, awards, leaderboardCache } = this.store;
    const earnedAt = this.clock.now();
    const award = { awardId: awardId(`award-${(this.#awards += 1)}`), userId: player, amount, earnedAt };
    const { scores } = await transactions.run((tx) => awards.record(tx, award, this.boards));
    if (isMissed) return;
    for (const { board, period, score } of scores) await leaderboardCache.record({ board, period }, score);
  }

  async flush(): Promise<void> {
    for (const { key } of this.boards) await this.store.leaderboardCache.drop(this.at(key));
  }
}

describe('leaderboardRecalculation', () => {
  it('restores every board after a flush, and says how many members were missing', async () => {
    const world = await World.begin();
    world.engine.start();
    await world.earn(ada, 10);
    await world.earn(bob, 20);
    await world.flush();
    await world.clock.advanceTo(hour(1));
    await expectWhole(world);
    expect(world.runs).toEqual([[hour(1), 6]]);
  });

  it('finds nothing to repair where nothing is amiss', async () => {
    const world = await World.begin();
    world.engine.start();
    await world.earn(ada, 10);
    await world.clock.advanceTo(hour(2));
    expect(world.runs).toEqual([
      [hour(1), 0],
      [hour(2), 0],
    ]);
  });

  it('repairs the award that the caches missed', async () => {
    const world = await World.begin();
    world.engine.start();
    await world.earn(ada, 10);
    await world.earn(ada, 5, { isMissed: true });
    await world.clock.advanceTo(hour(1));
    expect(world.runs).toEqual([[hour(1), 3]]);
    expect(await world.store.leaderboardCache.standing(world.at('global'), ada)).toMatchObject({ score: 15 });
  });

  it('runs the newest tick only after an outage', async () => {
    const world = await World.begin();
    await world.earn(ada, 10, { isMissed: true });
    world.clock.jumpTo(addMs(hour(7), MINUTE_MS));
    world.engine.start();
    await world.engine.idle();
    expect(world.runs).toEqual([[hour(7), 3]]);
    const runs = await world.store.ledger.runs('leaderboard-recalculation', { limit: 10 });
    expect(runs.map(({ tick, status }) => [tick, status])).toEqual([
      [hour(7), 'succeeded'],
      ...[6, 5, 4, 3, 2, 1].map((count) => [hour(count), 'skipped']),
    ]);
    await expectWhole(world);
  });

  it('works on the periods that its tick lies in', async () => {
    const world = await World.begin();
    world.engine.start();
    const tuesday = world.at('weekly');
    await world.earn(ada, 10);
    await world.clock.advanceTo(instant('2026-11-30T00:00:00Z'));
    await world.flush();
    await world.clock.advanceBy(HOUR_MS);
    await expectWhole(world);
    expect(world.runs.at(-1)?.[1]).toBe(2);
    expect(await world.store.leaderboardCache.size(tuesday)).toBe(1);
    expect(await world.store.leaderboardCache.size(world.at('weekly'))).toBe(0);
  });

  it('law 6: whatever happened to a cache, the next run makes it equal to the truth and counts what was wrong', async () => {
    const entries = fc.record({
      player: fc.constantFrom(...players, userId('ghost')),
      score: fc.integer({ min: 0, max: 12 }),
      lastXpAt: fc.constantFrom(start, addMs(start, -DAY_MS)),
    });
    const awards = fc.array(fc.tuple(fc.constantFrom(...players), fc.integer({ min: 0, max: 5 })), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        awards,
        fc.array(entries, { maxLength: 6 }),
        fc.boolean(),
        async (awards, wrong, flushed) => {
          const world = await World.begin();
          for (const award of awards) await world.earn(...award);
          if (flushed) await world.flush();
          const damaged = world.at('weekly');
          for (const { player, score, lastXpAt } of wrong) {
            const entry: NamedScore = { userId: player, username: player, score, lastXpAt };
            await world.store.leaderboardCache.record(damaged, entry);
          }
          const all = await world.store.rankings.scores(damaged, { limit: 100 });
          const cached = await world.store.leaderboardCache.top(damaged, { limit: 100 });
          const { rankings, leaderboardCache: cache, transactions } = world.store;
          const drift = await transactions.run((tx) => recalculate({ rankings, cache }, tx, damaged));
          expect(drift).toEqual(driftOf(cached, all));
          const { missing, extra, wrongScore, misplaced, renamed } = drift;
          expect(countDrift(drift)).toBe(missing + extra + wrongScore + misplaced + renamed);
          world.engine.start();
          await world.clock.advanceTo(hour(1));
          await expectWhole(world);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('law 6: an award that lands while the truth is being read is on the board', async () => {
    const world = await World.begin();
    const { rankings, leaderboardCache: cache } = world.store;
    const weekly = world.at('weekly');
    await world.earn(ada, 10);
    await cache.reconcile(weekly, async (page) => {
      const read = await rankings.scores(weekly, page);
      await world.earn(bob, 20);
      await world.earn(ada, 1);
      return read;
    });
    await expectWhole(world);
  });
});

/** Every cache shows what the truth is. */
async function expectWhole(world: World): Promise<void> {
  for (const { key } of world.boards) {
    const truth = await world.store.rankings.scores(world.at(key), { limit: 100 });
    const ranked = truth.map((score, index) => ({ ...score, rank: index + 1 }));
    expect(await world.store.leaderboardCache.top(world.at(key), { limit: 100 })).toEqual(ranked);
  }
}

/** What is wrong with a cache, player by player. */
function driftOf(cached: readonly NamedScore[], truth: readonly NamedScore[]): Drift {
  const inCache = ({ userId }: NamedScore): NamedScore | undefined =>
    cached.find((one) => one.userId === userId);
  const found = truth.filter((score) => inCache(score));
  const right = found.filter((score) => inCache(score)?.score === score.score);
  return {
    missing: truth.length - found.length,
    extra: cached.length - found.length,
    wrongScore: found.length - right.length,
    misplaced: right.filter((score) => inCache(score)?.lastXpAt !== score.lastXpAt).length,
    renamed: right.filter(
      (score) => inCache(score)?.lastXpAt === score.lastXpAt && inCache(score)?.username !== score.username,
    ).length,
  };
}
