import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { IntervalSchedule, VirtualClock, instants, instantsNear, memoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mortal } from '../../../test/mortal.ts';
import { unreachable } from '../../../test/unreachable.ts';
import { Gameplay } from '../gameplay/gameplay.ts';
import type { AwardResult } from '../gameplay/results.ts';
import { awardId, userId, type UserId } from '../players/ids.ts';
import { JobEngine } from '../../engine/jobs/job-engine.ts';
import { TimerScheduler } from '../../engine/jobs/timer-scheduler.ts';
import { combineObservers } from '../../engine/jobs/run-observer.ts';
import { PlayerLives } from '../lives/player-lives.ts';
import { defaultLivesRules } from '../lives/lives-rules.ts';
import { silentLogger } from '../../engine/common/logger.ts';
import { defaultSessionRules } from '../sessions/session-rules.ts';
import { PlayerStreaks } from '../streaks/player-streaks.ts';
import { defaultStreakRules } from '../streaks/streak-rules.ts';
import type { Clock } from '../../engine/time/clock.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  instant,
  iso,
  addMs,
  type Instant,
} from '../../engine/time/instant.ts';
import type { Transactions } from '../../engine/transactions/transactions.ts';
import { defineBoards, type Board } from './board.ts';
import type { LeaderboardCache } from './leaderboard-cache.ts';
import { leaderboardRecalculation } from './leaderboard-recalculation.ts';
import { leaderboardReset } from './leaderboard-reset.ts';
import { defaultLeaderboardRules, leaderboardRules } from './leaderboard-rules.ts';
import { Leaderboards } from './leaderboards.ts';
import { boundedPeriodAt, periodAt } from './period.ts';
import type { PeriodResets } from './period-resets.ts';

const [ada, bob, cy, dot, eve] = ['ada', 'bob', 'cy', 'dot', 'eve'].map(userId) as [
  UserId,
  UserId,
  UserId,
  UserId,
  UserId,
];
const WEEK_MS = 7 * DAY_MS;
const GRACE_MS = 10 * SECOND_MS;
const leaseMs = 15_000;
/** A week whose end is no end of a month. */
const monday = instant('2026-11-09T00:00:00Z');
const tick = addMs(monday, WEEK_MS);
const week = '2026-W46';

/** What an instance is made with, where it differs from the others. */
interface Instance {
  readonly instanceId?: string;
  readonly clock?: Clock;
  readonly transactions?: Transactions;
  readonly cache?: LeaderboardCache;
  readonly periodResets?: PeriodResets;
  readonly graceSeconds?: number;
  readonly recalculates?: boolean;
  /** So that five players are some batches. */
  readonly maxBatchSize?: number;
  /** Whether a run that failed is done again by itself. */
  readonly retriesFailed?: boolean;
}

/** A game in memory on virtual time, and any number of instances that run its resets. */
class World {
  readonly clock: VirtualClock;
  readonly store: ReturnType<typeof memoryStore>;
  readonly boards: readonly Board[] = defineBoards();
  readonly gameplay: Gameplay;
  readonly leaderboards: Leaderboards;
  readonly ends: string[] = [];
  #awards = 0;

  constructor(start: Instant = addMs(monday, 1)) {
    this.clock = new VirtualClock(start);
    this.store = memoryStore(this.clock);
    const { store, clock, boards } = this;
    const cache = store.leaderboardCache;
    const schedule = new IntervalSchedule(30);
    this.gameplay = new Gameplay({
      ...store,
      cache,
      clock,
      boards,
      logger: silentLogger,
      lives: new PlayerLives({ ...store, clock, rules: defaultLivesRules, schedule }),
      streaks: new PlayerStreaks({ ...store, clock, rules: defaultStreakRules, schedule }),
      rules: {
        sessions: defaultSessionRules,
        streaks: defaultStreakRules,
        leaderboards: defaultLeaderboardRules,
      },
      newId: () => 'unused',
    });
    this.leaderboards = new Leaderboards({ ...store, boards, cache, clock });
  }

  board(key: string): Board {
    return this.boards.find((board) => board.key === key)!;
  }

  /** Awards XP now, for something that was earned now or before. */
  earn(player: UserId, amount: number, earnedAt = this.clock.now()): Promise<AwardResult> {
    const id = awardId(`award-${(this.#awards += 1)}`);
    return this.gameplay.awardXp({ awardId: id, userId: player, amount, earnedAt });
  }

  /** Five players with some XP in the week, and time at its last millisecond. */
  async playAWeek(): Promise<void> {
    for (const [player, amount] of [
      [ada, 40],
      [bob, 50],
      [cy, 40],
      [dot, 20],
      [eve, 0],
    ] as const) {
      this.clock.jumpTo(addMs(this.clock.now(), HOUR_MS));
      await this.earn(player, amount);
    }
    this.clock.jumpTo(addMs(tick, -1));
  }

  async engine({
    instanceId = 'one',
    clock = this.clock,
    transactions = this.store.transactions,
    cache = this.store.leaderboardCache,
    periodResets = this.store.periodResets,
    graceSeconds = 10,
    recalculates = true,
    maxBatchSize = 2,
    retriesFailed = true,
  }: Instance = {}): Promise<JobEngine> {
    const { periods, rankings, ledger, jobRegistry, storeTime, failedItems, outbox } = this.store;
    const rules = leaderboardRules({ sealGraceSeconds: graceSeconds });
    const resets = this.boards.map((board) =>
      leaderboardReset(board, { periods, periodResets, rankings, cache, outbox, rules }),
    );
    const recalculation = leaderboardRecalculation({ boards: this.boards, periods, rankings, cache });
    const all = [...resets, recalculates ? recalculation : null].filter((job) => job !== null);
    const jobs = all.map((job) => ({
      job: { ...job, maxBatchSize, ...(!retriesFailed && { retryRun: null }) },
      schedule: new CronerScheduleParser().parse(job.schedule),
    }));
    const engine = new JobEngine({
      jobs,
      instanceId,
      clock,
      ledger,
      jobRegistry,
      storeTime,
      failedItems,
      transactions,
      leaseMs,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([
        {
          runEnded: ({ job, tick, end }) =>
            void (job.startsWith('leaderboard-reset-') && this.ends.push(`${job} ${iso(tick)} ${end}`)),
        },
      ]),
    });
    await engine.register();
    return engine;
  }

  /** Everything that a reset leaves behind, without what is the store's own. */
  async outcome(): Promise<unknown> {
    const { archive, rankings, leaderboardCache } = this.store;
    const boards = this.boards.map(async (board) => {
      const periods = await this.store.periods.list(board, { limit: 100 });
      const current = periodAt(board, this.clock.now());
      const each = periods.map(async (period) => ({
        ...period,
        archive: await archive.list({ board, period: period.key }, { limit: 100 }),
        scores: await rankings.scores({ board, period }, { limit: 100 }),
        ...(period.key !== current.key && {
          cache: await leaderboardCache.top({ board, period }, { limit: 100 }),
        }),
      }));
      return { board: board.key, periods: await Promise.all(each) };
    });
    return { boards: await Promise.all(boards), events: await this.events() };
  }

  async events(): Promise<readonly object[]> {
    const stored = await this.store.outbox.list({ limit: 1_000 });
    return stored.map(({ id: _id, ...event }) => event);
  }

  async eventKeys(): Promise<readonly string[]> {
    return (await this.store.outbox.list({ limit: 1_000 })).map(({ key }) => key);
  }

  /** A board of a period as a player sees it. */
  async shown(board: string, period?: string): Promise<string> {
    const choice = period === undefined ? {} : { period };
    const { standings } = await this.leaderboards.top(board, { limit: 100, ...choice });
    return standings.map(({ rank, userId, score }) => `${rank} ${userId} ${score}`).join(', ');
  }

  /** How far the reset of the week has come. */
  async progress(): Promise<string> {
    const { periods, archive, rankings, leaderboardCache } = this.store;
    const board = this.board('weekly');
    const period = boundedPeriodAt(board, monday)!;
    const record = await periods.find(board, period.key);
    const archived = await archive.list({ board, period: period.key }, { limit: 100 });
    const following = { board, period: boundedPeriodAt(board, tick)! };
    const next = await rankings.scores(following, { limit: 100 });
    const facts: Record<string, boolean> = {
      sealed: record?.sealedAt != null,
      [`${archived.length} archived`]: archived.length > 0,
      complete: record?.players != null,
      'carried over': next.length > 0,
      'next shown': (await leaderboardCache.size(following)) > 0,
      'cache dropped': (await leaderboardCache.size({ board, period })) === 0,
      cleared: (await rankings.scores({ board, period }, { limit: 1 })).length === 0,
      announced: (await this.eventKeys()).length > 0,
    };
    return Object.keys(facts)
      .filter((fact) => facts[fact])
      .join(', ');
  }
}

const archiveOfTheWeek = '1 bob 50, 2 cy 40, 3 ada 40, 4 dot 20';

describe('a reset', () => {
  it('seals the week, keeps everybody at 0 in the next one and tells of it once', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.playAWeek();
    await world.clock.advanceTo(addMs(tick, HOUR_MS));
    expect(await world.shown('weekly', week)).toBe(archiveOfTheWeek);
    expect(await world.shown('weekly')).toBe('1 ada 0, 2 bob 0, 3 cy 0, 4 dot 0, 5 eve 0');
    expect(await world.shown('global')).toBe('1 bob 50, 2 cy 40, 3 ada 40, 4 dot 20, 5 eve 0');
    expect(await world.events()).toEqual([
      {
        type: 'LeaderboardReset',
        key: `LeaderboardReset:weekly:${week}`,
        occurredAt: tick,
        payload: { board: 'weekly', period: week, players: 4 },
      },
    ]);
    expect((await world.leaderboards.periods('weekly')).at(-1)).toEqual({
      key: week,
      startsAt: new Date(monday),
      endsAt: new Date(tick),
      sealedAt: new Date(tick),
      players: 4,
      resetAt: new Date(tick),
    });
  });

  it('goes its steps in their order: seal, archive, carry over, fill and drop caches, clear, announce', async () => {
    const steps: string[] = [];
    for (let batches = 0; batches <= 8; batches += 1) {
      const world = new World();
      const process = new Mortal({ clock: world.clock, transactions: world.store.transactions }, batches);
      const engine = await world.engine({ clock: process, transactions: process });
      await world.playAWeek();
      await world.clock.advanceTo(addMs(tick, GRACE_MS));
      void engine.runNow('leaderboard-reset-weekly');
      await turns();
      steps.push(await world.progress());
    }
    expect(steps).toEqual([
      '',
      'sealed',
      'sealed, 2 archived',
      'sealed, 4 archived, complete',
      'sealed, 4 archived, complete, carried over',
      'sealed, 4 archived, complete, carried over, next shown',
      'sealed, 4 archived, complete, carried over, next shown, cache dropped',
      'sealed, 4 archived, complete, carried over, next shown, cache dropped, cleared',
      'sealed, 4 archived, complete, carried over, next shown, cache dropped, cleared, announced',
    ]);
  });

  it('closes a week in which nobody played as well', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.clock.advanceTo(addMs(tick, GRACE_MS));
    expect(await world.events()).toMatchObject([{ payload: { period: week, players: 0 } }]);
    expect(await world.shown('weekly', week)).toBe('');
  });

  it('closes whatever is still open, oldest first, when no run was there for it', async () => {
    const world = new World();
    await world.earn(ada, 1);
    world.clock.jumpTo(tick);
    await world.earn(bob, 2);
    world.clock.jumpTo(addMs(tick, 2 * WEEK_MS + HOUR_MS));
    // Known to the ledger from here on only.
    (await world.engine()).start();
    await world.clock.advanceTo(addMs(tick, 3 * WEEK_MS + GRACE_MS));
    expect((await world.eventKeys()).filter((key) => key.includes('weekly'))).toEqual([
      'LeaderboardReset:weekly:2026-W46',
      'LeaderboardReset:weekly:2026-W47',
      // Nobody has seen the 48th: who was carried over went to the period that is current.
      'LeaderboardReset:weekly:2026-W49',
    ]);
    expect(await world.shown('weekly', '2026-W46')).toBe('1 ada 1');
    expect(await world.shown('weekly', '2026-W47')).toBe('1 bob 2');
    expect(await world.shown('weekly')).toBe('1 ada 0, 2 bob 0');
  });

  it('of a month and a week that end at one instant both happen', async () => {
    const world = new World(instant('2026-05-25T08:00:00Z'));
    (await world.engine()).start();
    await world.earn(ada, 10);
    const firstMonday = instant('2026-06-01T00:00:00Z');
    await world.clock.advanceTo(addMs(firstMonday, GRACE_MS));
    expect((await world.eventKeys()).toSorted()).toEqual([
      'LeaderboardReset:monthly:2026-05',
      'LeaderboardReset:weekly:2026-W22',
    ]);
    expect(await world.shown('weekly', '2026-W22')).toBe('1 ada 10');
    expect(await world.shown('monthly', '2026-05')).toBe('1 ada 10');
    expect((await world.leaderboards.top('monthly')).period).toBe('2026-06');
  });

  it('is no job for a board of all time', () => {
    const { leaderboardCache: cache, ...store } = new World().store;
    const ports = { ...store, cache, rules: leaderboardRules() };
    expect(leaderboardReset(defineBoards()[0]!, ports)).toBeNull();
  });
});

describe('the grace', () => {
  it('lets an award that was on its way count, to its last millisecond; the seal is not before', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.playAWeek();
    await world.clock.advanceTo(addMs(tick, GRACE_MS - 1));
    expect((await world.earn(dot, 100, addMs(tick, -1))).late).toEqual([]);
    expect(await world.progress()).not.toMatch('sealed');
    await world.clock.advanceBy(1);
    expect(await world.progress()).toMatch(/^sealed, 4 archived.*announced$/);
    expect(await world.shown('weekly', week)).toBe('1 dot 120, 2 bob 50, 3 cy 40, 4 ada 40');
  });

  it('is as long as the host chooses', async () => {
    const world = new World();
    (await world.engine({ graceSeconds: 60 })).start();
    await world.playAWeek();
    await world.clock.advanceTo(addMs(tick, MINUTE_MS - 1));
    expect(await world.progress()).toBe('');
    await world.clock.advanceBy(1);
    expect(await world.progress()).toMatch('announced');
  });

  it('holds for a run by hand too', async () => {
    const world = new World();
    const engine = await world.engine();
    await world.clock.advanceTo(addMs(tick, GRACE_MS - 1));
    await expect(engine.runNow('leaderboard-reset-weekly', tick)).rejects.toMatchObject({
      code: 'FUTURE_TICK',
    });
    await world.clock.advanceBy(1);
    expect(await engine.runNow('leaderboard-reset-weekly')).toMatchObject({ kind: 'ran' });
  });

  it('law 7: the last millisecond of a week counts for it, and its end for the next', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.clock.advanceTo(addMs(tick, SECOND_MS));
    await world.earn(ada, 1, addMs(tick, -1));
    await world.earn(bob, 2, tick);
    await world.clock.advanceTo(addMs(tick, HOUR_MS));
    expect(await world.shown('weekly', week)).toBe('1 ada 1');
    expect(await world.shown('weekly')).toBe('1 bob 2, 2 ada 0');
  });

  it('law 8: an award after the seal is late: told of, counted for all time and the open month, and no rank moves', async () => {
    const world = new World();
    (await world.engine()).start();
    await world.playAWeek();
    await world.clock.advanceTo(addMs(tick, GRACE_MS));
    const earnedAt = addMs(tick, -1);
    const { counted, scores, late } = await world.earn(dot, 100, earnedAt);
    expect(counted).toBe(true);
    expect(scores.map(({ board, score }) => [board.key, score.score])).toEqual([
      ['global', 120],
      ['monthly', 120],
    ]);
    expect(late).toMatchObject([{ board: { key: 'weekly' }, period: { key: week } }]);
    expect((await world.events()).at(-1)).toEqual({
      type: 'AwardLate',
      key: `AwardLate:weekly:${week}:award-6`,
      occurredAt: earnedAt,
      payload: { userId: dot, awardId: 'award-6', board: 'weekly', period: week, amount: 100 },
    });
    await world.clock.advanceTo(addMs(tick, HOUR_MS));
    expect(await world.shown('weekly', week)).toBe(archiveOfTheWeek);
    expect(await world.shown('weekly')).toBe('1 ada 0, 2 bob 0, 3 cy 0, 4 dot 0, 5 eve 0');
    expect(await world.shown('global')).toMatch(/^1 dot 120, /);
  });
});

describe('law 2: a reset that is disturbed ends like one that is not', () => {
  const undisturbed = async (): Promise<unknown> => {
    const world = new World();
    await world.playAWeek();
    (await world.engine()).start();
    await world.clock.advanceTo(addMs(tick, MINUTE_MS));
    return world.outcome();
  };

  it.each(['before', 'during', 'after'] as const)(
    'when an instance is killed %s the commit of any batch and another takes over',
    async (when) => {
      const expected = await undisturbed();
      let takeovers = 0;
      // Nine batches of the reset, and two transactions of the recalculation that stands at the same instant.
      for (let transactions = 0; transactions <= 12; transactions += 1) {
        const world = new World();
        await world.playAWeek();
        const process = new Mortal(
          { clock: world.clock, transactions: world.store.transactions },
          transactions,
          when,
        );
        (await world.engine({ instanceId: 'dying', clock: process, transactions: process })).start();
        await world.clock.advanceTo(addMs(tick, GRACE_MS));
        await turns();
        const heir = await world.engine({ instanceId: 'heir' });
        heir.start();
        await world.clock.advanceTo(addMs(tick, MINUTE_MS));
        await heir.idle();
        if (process.isDead) takeovers += 1;
        expect(await world.outcome()).toEqual(expected);
      }
      expect(takeovers).toBeGreaterThan(8);
    },
  );

  it('when any transaction fails once and is tried again', async () => {
    const expected = await undisturbed();
    for (let failing = 1; failing <= 12; failing += 1) {
      const world = new World();
      await world.playAWeek();
      let left = failing;
      const transactions: Transactions = {
        run: (work) =>
          world.store.transactions.run(async (tx) => {
            const result = await work(tx);
            if ((left -= 1) === 0) throw new Error('not this time');
            return result;
          }),
      };
      (await world.engine({ transactions })).start();
      await world.clock.advanceTo(addMs(tick, MINUTE_MS));
      expect(await world.outcome()).toEqual(expected);
    }
  });

  it('when several instances race for it', async () => {
    const world = new World();
    await world.playAWeek();
    for (const instanceId of ['one', 'two', 'three']) (await world.engine({ instanceId })).start();
    await world.clock.advanceTo(addMs(tick, MINUTE_MS));
    expect(await world.outcome()).toEqual(await undisturbed());
    expect(world.ends).toEqual([`leaderboard-reset-weekly ${iso(tick)} succeeded`]);
  });

  it('when the cache is away: the board is restarted and announced without it', async () => {
    const world = new World();
    await world.playAWeek();
    const cache = unreachable(world.store.leaderboardCache, () => true, 'the cache');
    (await world.engine({ cache, recalculates: false })).start();
    await world.clock.advanceTo(addMs(tick, MINUTE_MS));
    expect(await world.progress()).toBe('sealed, 4 archived, complete, carried over, cleared, announced');
    expect(await world.shown('weekly', week)).toBe(archiveOfTheWeek);
    const board = world.board('weekly');
    await world.store.leaderboardCache.drop({ board, period: boundedPeriodAt(board, monday)! });
    expect(await world.outcome()).toEqual(await undisturbed());
  });

  it('when a run failed half-way and is run again by hand', async () => {
    const world = new World();
    await world.playAWeek();
    let broken = true;
    const periodResets = new Proxy(world.store.periodResets, {
      get: (target, name) => {
        if (name === 'clear' && broken) return () => Promise.reject(new Error('no such table'));
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const engine = await world.engine({ periodResets, retriesFailed: false });
    engine.start();
    await world.clock.advanceTo(addMs(tick, MINUTE_MS));
    expect(world.ends).toEqual([`leaderboard-reset-weekly ${iso(tick)} failed`]);
    broken = false;
    await engine.runNow('leaderboard-reset-weekly', tick);
    expect(await world.outcome()).toEqual(await undisturbed());
  });

  it.each(['archive', 'carryOver', 'clear', 'finish'] as const)(
    'when its runs fail at the step %s for an hour: one of two instances finishes it within a minute of the end of that',
    async (step) => {
      const world = new World();
      await world.playAWeek();
      let broken = true;
      let calls = 0;
      const periodResets = new Proxy(world.store.periodResets, {
        get: (target, name) => {
          // Of a step in batches the first is done.
          if (name === step && broken && (calls += 1) > (step === 'archive' ? 1 : 0))
            return () => Promise.reject(new Error('no such table'));
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      });
      for (const instanceId of ['one', 'two']) (await world.engine({ instanceId, periodResets })).start();
      await world.clock.advanceTo(addMs(tick, HOUR_MS));
      const failures = world.ends.length;
      expect(failures).toBeGreaterThan(10);
      expect(failures).toBeLessThan(70);
      expect(new Set(world.ends)).toEqual(new Set([`leaderboard-reset-weekly ${iso(tick)} failed`]));
      broken = false;
      await world.clock.advanceBy(MINUTE_MS);
      expect(world.ends.slice(failures)).toEqual([`leaderboard-reset-weekly ${iso(tick)} succeeded`]);
      expect(await world.outcome()).toEqual(await undisturbed());
    },
  );

  it.each(['archive', 'carryOver', 'clear', 'finish'] as const)(
    'when a run failed for good at its step %s, and the next one finishes it',
    async (step) => {
      const play = async (breaks: boolean): Promise<World> => {
        const world = new World();
        await world.playAWeek();
        let calls = 0;
        let broken = breaks;
        const periodResets = new Proxy(world.store.periodResets, {
          get: (target, name) => {
            // Of a step in batches the first is done.
            if (name === step && broken && (calls += 1) > (step === 'archive' ? 1 : 0))
              return () => Promise.reject(new Error('no such table'));
            const member: unknown = Reflect.get(target, name);
            return typeof member === 'function' ? (member.bind(target) as unknown) : member;
          },
        });
        (await world.engine({ periodResets, retriesFailed: false })).start();
        await world.clock.advanceTo(addMs(tick, HOUR_MS));
        broken = false;
        await world.earn(bob, 5);
        await world.clock.advanceTo(addMs(tick, WEEK_MS + HOUR_MS));
        return world;
      };
      const [failed, whole] = [await play(true), await play(false)];
      expect(failed.ends).toEqual([
        `leaderboard-reset-weekly ${iso(tick)} failed`,
        `leaderboard-reset-weekly ${iso(addMs(tick, WEEK_MS))} succeeded`,
      ]);
      const board = failed.board('weekly');
      const { periodResets, periods } = failed.store;
      expect(await periodResets.unfinished(board, addMs(tick, WEEK_MS))).toEqual([]);
      expect(await periods.find(board, week)).toMatchObject({ sealedAt: tick, players: 4 });
      expect(await failed.shown('weekly', week)).toBe(archiveOfTheWeek);
      for (const shown of [
        (world: World) => world.shown('weekly', '2026-W47'),
        (world: World) => world.shown('weekly'),
        (world: World) => world.eventKeys(),
      ])
        expect(await shown(failed)).toEqual(await shown(whole));
    },
  );

  it('when it comes three weeks late: three periods are sealed, oldest first, as if on time', async () => {
    const end = addMs(monday, 3 * WEEK_MS + HOUR_MS);
    const times = fc.oneof(
      instants({ from: addMs(monday, 1), to: addMs(end, -1) }),
      fc.constantFrom(1, 2, 3).chain((weeks) => instantsNear(addMs(monday, weeks * WEEK_MS), GRACE_MS)),
    );
    const awards = fc
      .array(fc.record({ player: fc.constantFrom(ada, bob, cy), amount: fc.nat(3), at: times }), {
        maxLength: 15,
      })
      .map((all) => all.toSorted((a, b) => a.at - b.at));
    await fc.assert(
      fc.asyncProperty(awards, async (awards) => {
        const [onTime, late] = [new World(), new World()];
        (await onTime.engine({ recalculates: false })).start();
        await late.engine({ recalculates: false });
        for (const { player, amount, at } of awards) {
          await onTime.clock.advanceTo(at);
          await onTime.earn(player, amount);
          late.clock.jumpTo(at);
          await late.earn(player, amount);
        }
        await onTime.clock.advanceTo(end);
        late.clock.jumpTo(end);
        const engine = await late.engine({ recalculates: false });
        engine.start();
        await engine.idle();
        expect(await late.outcome()).toEqual(await onTime.outcome());
        expect(late.ends).toEqual(
          [1, 2, 3].map((weeks) => {
            const at = iso(addMs(monday, weeks * WEEK_MS));
            return `leaderboard-reset-weekly ${at} succeeded`;
          }),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('a reset and a recalculation', () => {
  it('law 6: at one instant or close to it leave both weeks whole, in whichever order they come', async () => {
    const starts = fc.oneof(
      fc.constantFrom(0, 1, GRACE_MS - 1, GRACE_MS, GRACE_MS + 1, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1),
      fc.integer({ min: 0, max: 3 * HOUR_MS }),
    );
    await fc.assert(
      fc.asyncProperty(starts, fc.boolean(), async (offset, plays) => {
        const world = new World();
        await world.playAWeek();
        await world.engine();
        await world.clock.advanceTo(addMs(tick, offset));
        if (plays) await world.earn(eve, 7, tick);
        const engine = await world.engine();
        engine.start();
        const end = addMs(tick, 5 * HOUR_MS);
        while (world.clock.now() < end) {
          await world.clock.advanceTo(Math.min(end, world.clock.nextTimerAt ?? end));
          expect(await world.shown('weekly', week)).toMatch(wholeWeek);
        }
        await engine.idle();
        expect(await world.shown('weekly')).toBe(
          plays ? '1 eve 7, 2 ada 0, 3 bob 0, 4 cy 0, 5 dot 0' : '1 ada 0, 2 bob 0, 3 cy 0, 4 dot 0, 5 eve 0',
        );
        expect(await world.shown('weekly', week)).toBe(archiveOfTheWeek);
      }),
      { numRuns: 30 },
    );
  });
});

/** The week as it is shown while it is open (everybody) and from the archive on (those with a point). */
const wholeWeek = new RegExp(`^${archiveOfTheWeek}(, 5 eve 0)?$`);

/** Lets everything that can go on without time go on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
