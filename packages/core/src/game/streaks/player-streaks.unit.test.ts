import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { userId } from '../players/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { PlayerStreaks } from './player-streaks.ts';
import { streakRules, type StreakRules } from './streak-rules.ts';
import { streakTick } from './streak.ts';

const ada = userId('ada');
const monday = instant('2026-11-23T00:00:00Z');
const day = (count: number, hours = 12): Instant => addMs(monday, count * DAY_MS + hours * HOUR_MS);

/** Streaks in memory, whose job runs only when a test says so. */
class World {
  readonly clock = new VirtualClock(day(0));
  readonly store = memoryStore(this.clock);
  readonly rules: StreakRules;
  readonly zone: string;
  readonly streaks: PlayerStreaks;

  constructor(options: Partial<StreakRules> = {}, zone = 'UTC') {
    this.rules = streakRules(options);
    this.zone = zone;
    const schedule = new CronerScheduleParser().parse({ cron: '0 0 * * *', timeZone: zone });
    this.streaks = new PlayerStreaks({ ...this.store, clock: this.clock, rules: this.rules, schedule });
  }

  /** The job at the beginning of a day. Answers how many streaks it judged. */
  async run(count: number): Promise<number> {
    const tick = streakTick(day(count, 0), this.zone, this.rules);
    const { transactions, streaks } = this.store;
    const batch = { tick, after: null, limit: 100 };
    return (await transactions.run((tx) => streaks.evaluateDue(tx, batch))).processed;
  }

  async eventKeys(): Promise<readonly string[]> {
    return (await this.store.outbox.list({ limit: 100 })).map(({ key }) => key);
  }
}

describe('countQuiz', () => {
  it('begins the streak of a player who is not known yet', async () => {
    const { streaks, store } = new World();
    const streak = await streaks.countQuiz(ada);
    expect(streak).toEqual({
      userId: ada,
      currentStreak: 1,
      longestStreak: 1,
      lastQuizAt: new Date(day(0)),
      protections: 2,
      evaluatedOn: null,
    });
    expect(await store.streaks.find(ada)).toEqual({ ...streak, lastQuizAt: day(0) });
  });

  it('counts the days of the zone of its schedule', async () => {
    const { clock, streaks } = new World({}, 'Asia/Tokyo');
    clock.jumpTo(instant('2026-11-23T15:00:00Z'));
    await streaks.countQuiz(ada, { at: instant('2026-11-23T14:59:00Z') });
    const next = await streaks.countQuiz(ada, { at: instant('2026-11-23T15:00:00Z') });
    expect(next.currentStreak).toBe(2);
  });

  it('law 2: settles missed days first when the job is late, and leaves it nothing to do', async () => {
    const world = new World({ initialProtections: 1 });
    await world.streaks.countQuiz(ada);
    world.clock.jumpTo(day(4));
    const again = await world.streaks.countQuiz(ada);
    expect(again).toMatchObject({ currentStreak: 1, longestStreak: 1, protections: 0 });
    const events = ['StreakProtected:2026-11-26:ada', 'StreakBroken:2026-11-27:ada'];
    expect(await world.eventKeys()).toEqual(events);
    for (const late of [3, 4]) expect(await world.run(late)).toBe(0);
    expect(await world.eventKeys()).toEqual(events);
    expect(await world.store.streaks.find(ada)).toEqual({ ...again, lastQuizAt: day(4) });
  });

  it('keeps a streak alive that a protection has saved', async () => {
    const world = new World();
    await world.streaks.countQuiz(ada);
    world.clock.jumpTo(day(1));
    await world.streaks.countQuiz(ada);
    expect(await world.run(4)).toBe(1);
    world.clock.jumpTo(day(4));
    expect(await world.streaks.countQuiz(ada)).toMatchObject({ currentStreak: 3, protections: 1 });
  });

  it('writes nothing for a second quiz at the same instant', async () => {
    const world = new World();
    const first = await world.streaks.countQuiz(ada);
    expect(await world.streaks.countQuiz(ada)).toEqual(first);
    expect(await world.eventKeys()).toEqual([]);
  });
});

describe('read', () => {
  it('counts missed days in and changes nothing', async () => {
    const world = new World({ initialProtections: 0 });
    const stored = await world.streaks.countQuiz(ada);
    world.clock.jumpTo(day(5));
    expect(await world.streaks.read(ada)).toMatchObject({ currentStreak: 0, evaluatedOn: '2026-11-26' });
    expect(await world.streaks.read(ada, { at: day(2) })).toEqual(stored);
    expect(await world.store.streaks.find(ada)).toEqual({ ...stored, lastQuizAt: day(0) });
    expect(await world.eventKeys()).toEqual([]);
  });

  it('shows a fresh streak for somebody who is not known, and stores none', async () => {
    const world = new World();
    expect(await world.streaks.read(ada)).toMatchObject({ currentStreak: 0, protections: 2 });
    expect(await world.store.streaks.find(ada)).toBeNull();
  });
});

describe('grantProtection', () => {
  it('adds one up to the maximum, and then refuses', async () => {
    const world = new World({ initialProtections: 1 });
    await world.streaks.countQuiz(ada);
    expect(await world.streaks.grantProtection(ada)).toMatchObject({ ok: true, streak: { protections: 2 } });
    expect(await world.streaks.grantProtection(ada)).toMatchObject({
      ok: false,
      reason: 'at-maximum',
      streak: { protections: 2 },
    });
    expect(await world.store.streaks.find(ada)).toMatchObject({ protections: 2, currentStreak: 1 });
  });

  it('settles missed days first: a protection saves what comes, not what is lost', async () => {
    const world = new World({ initialProtections: 0 });
    await world.streaks.countQuiz(ada);
    world.clock.jumpTo(addMs(day(3, 0), MINUTE_MS));
    expect(await world.streaks.grantProtection(ada)).toMatchObject({
      ok: true,
      streak: { currentStreak: 0, protections: 1 },
    });
    expect(await world.eventKeys()).toEqual(['StreakBroken:2026-11-26:ada']);
  });

  it('is not refused to a player whose protections are due to be spent', async () => {
    const world = new World();
    await world.streaks.countQuiz(ada);
    expect(await world.streaks.grantProtection(ada)).toMatchObject({ ok: false });
    world.clock.jumpTo(day(3));
    expect(await world.streaks.grantProtection(ada)).toMatchObject({ ok: true, streak: { protections: 2 } });
    expect(await world.eventKeys()).toEqual(['StreakProtected:2026-11-26:ada']);
  });

  it('keeps what it settled also when it refuses', async () => {
    const world = new World({ maxProtections: 0 });
    await world.streaks.countQuiz(ada);
    world.clock.jumpTo(day(3));
    expect(await world.streaks.grantProtection(ada)).toMatchObject({
      ok: false,
      reason: 'at-maximum',
      streak: { currentStreak: 0 },
    });
    expect(await world.store.streaks.find(ada)).toMatchObject({ currentStreak: 0 });
    expect(await world.eventKeys()).toEqual(['StreakBroken:2026-11-26:ada']);
  });
});

describe('a transaction of the host', () => {
  it('law 3: takes streak and events with it, or undoes both', async () => {
    const world = new World({ initialProtections: 0 });
    const { transactions } = world.store;
    const before = await world.streaks.countQuiz(ada);
    world.clock.jumpTo(day(3));
    const undone = transactions.run(async (tx) => {
      await world.streaks.countQuiz(ada, { tx });
      expect(await world.streaks.read(ada, { tx })).toMatchObject({ lastQuizAt: new Date(day(3)) });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await world.store.streaks.find(ada)).toEqual({ ...before, lastQuizAt: day(0) });
    expect(await world.eventKeys()).toEqual([]);
    await transactions.run((tx) => world.streaks.countQuiz(ada, { tx }));
    expect(await world.eventKeys()).toEqual(['StreakBroken:2026-11-26:ada']);
  });
});
