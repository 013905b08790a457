import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { IntervalSchedule, streakTicks, streaksAround } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../engine/events/domain-event.ts';
import { userId } from '../players/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import { addDays, localDate, startOfDay, type LocalDate } from '../../engine/time/zones.ts';
import { defaultStreakRules as rules, streakRules, type StreakRules } from './streak-rules.ts';
import {
  countQuiz,
  coveredDay,
  evaluateStreak,
  freshStreak,
  isInDanger,
  applyDueStreakTicks,
  streakTick,
  type Streak,
  type StreakTick,
} from './streak.ts';

const ada = userId('ada');
const midnight = instant('2026-11-24T00:00:00Z');
const tick = streakTick(midnight, 'UTC', rules);
const longAgo = addMs(midnight, -3 * DAY_MS);
const streak = (options: Partial<Streak> = {}): Streak => ({
  userId: ada,
  currentStreak: 7,
  longestStreak: 9,
  lastQuizAt: longAgo,
  protections: 0,
  evaluatedOn: null,
  ...options,
});
const playedAt = (lastQuizAt: Instant): Streak => streak({ lastQuizAt });
const isBroken = (one: Streak, tick: StreakTick): boolean =>
  evaluateStreak(one, tick).state.currentStreak === 0;
const berlinDay = (date: string): Instant => startOfDay('Europe/Berlin', date as LocalDate);

describe('evaluateStreak', () => {
  it('breaks a streak without protection, and the event tells how long it was', () => {
    expect(evaluateStreak(streak(), tick)).toEqual({
      state: streak({ currentStreak: 0, evaluatedOn: tick.day }),
      events: [
        {
          type: 'StreakBroken',
          key: 'StreakBroken:2026-11-24:ada',
          occurredAt: midnight,
          payload: { userId: ada, lostStreak: 7 },
        },
      ],
      log: [
        {
          userId: ada,
          at: midnight,
          entry: 'streak',
          kind: 'streak-broken',
          details: {
            lostStreak: 7,
            lastQuizAt: streak().lastQuizAt,
            appliedBy: 'job',
          },
        },
      ],
    });
  });

  it('spends a protection first, and the event names the day that it covered', () => {
    expect(evaluateStreak(streak({ protections: 2 }), tick)).toEqual({
      state: streak({ protections: 1, evaluatedOn: tick.day }),
      events: [
        {
          type: 'StreakProtected',
          key: 'StreakProtected:2026-11-24:ada',
          occurredAt: midnight,
          payload: { userId: ada, day: '2026-11-23' },
        },
      ],
      log: [
        {
          userId: ada,
          at: midnight,
          entry: 'streak',
          kind: 'streak-protected',
          details: {
            currentStreak: 7,
            protectionsLeft: 1,
            lastQuizAt: streak().lastQuizAt,
            appliedBy: 'job',
          },
        },
      ],
    });
  });

  it('keeps a streak whose last quiz is 48 hours ago to the millisecond, and breaks an older one', () => {
    const exactly = addMs(midnight, -48 * HOUR_MS);
    expect(isBroken(playedAt(exactly), tick)).toBe(false);
    expect(isBroken(playedAt(addMs(exactly, -1)), tick)).toBe(true);
  });

  it('breaks after as many hours as the host chooses', () => {
    const tight = streakRules({ breakAfterHours: 36 });
    const noonBefore = addMs(midnight, -36 * HOUR_MS);
    const tightTick = streakTick(midnight, 'UTC', tight);
    expect(isBroken(playedAt(noonBefore), tightTick)).toBe(false);
    expect(isBroken(playedAt(addMs(noonBefore, -1)), tightTick)).toBe(true);
  });

  it('never breaks a streak on a day that was played on, however short the time allowed', () => {
    const hasty = streakRules({ breakAfterHours: 1 });
    const evening = streakTick(addMs(midnight, 22 * HOUR_MS), 'UTC', hasty);
    expect(evening.day).toBe('2026-11-24');
    expect(isBroken(playedAt(midnight), evening)).toBe(false);
    expect(isBroken(playedAt(addMs(midnight, -1)), evening)).toBe(true);
  });

  it('reads the day in the zone of its schedule', () => {
    const morningInTokyo = streakTick(instant('2026-11-23T15:00:00Z'), 'Asia/Tokyo', rules);
    expect([morningInTokyo.day, coveredDay(morningInTokyo)]).toEqual(['2026-11-24', '2026-11-23']);
    expect(evaluateStreak(streak({ lastQuizAt: longAgo }), morningInTokyo).events[0]?.key).toBe(
      'StreakBroken:2026-11-24:ada',
    );
  });

  it('counts 48 hours as they pass, where clocks are turned', () => {
    const longWeekend = streakTick(berlinDay('2026-10-26'), 'Europe/Berlin', rules);
    expect(isBroken(playedAt(berlinDay('2026-10-24')), longWeekend)).toBe(true);
    expect(isBroken(playedAt(addMs(berlinDay('2026-10-24'), HOUR_MS)), longWeekend)).toBe(false);
    const shortWeekend = streakTick(berlinDay('2026-03-30'), 'Europe/Berlin', rules);
    expect(isBroken(playedAt(addMs(berlinDay('2026-03-28'), -HOUR_MS)), shortWeekend)).toBe(false);
    expect(isBroken(playedAt(addMs(berlinDay('2026-03-28'), -HOUR_MS - 1)), shortWeekend)).toBe(true);
  });

  it('leaves alone who has no streak to lose', () => {
    const lost = streak({ currentStreak: 0, protections: 1 });
    expect(evaluateStreak(lost, tick)).toEqual({ state: lost, events: [] });
    const fresh = freshStreak(ada, rules);
    expect(evaluateStreak(fresh, tick)).toEqual({ state: fresh, events: [] });
  });

  it('judges nobody twice on one day, and again on the next', () => {
    const once = evaluateStreak(streak({ protections: 2 }), tick).state;
    for (const hours of [0, 12, 23]) {
      const again = streakTick(addMs(midnight, hours * HOUR_MS), 'UTC', rules);
      expect(evaluateStreak(once, again)).toEqual({ state: once, events: [] });
    }
    const yesterday = streakTick(addMs(midnight, -1), 'UTC', rules);
    expect(evaluateStreak(once, yesterday)).toEqual({ state: once, events: [] });
    const tomorrow = streakTick(addMs(midnight, DAY_MS), 'UTC', rules);
    expect(evaluateStreak(once, tomorrow).state.protections).toBe(0);
  });

  it('costs one protection or the streak, tells of it in one event, and is done for the day', () => {
    const scenes = streakTicks().chain((tick) => fc.tuple(streaksAround(tick, ada), fc.constant(tick)));
    fc.assert(
      fc.property(scenes, ([before, tick]) => {
        const { state, events } = evaluateStreak(before, tick);
        if (!isInDanger(before, tick)) expect({ state, events }).toEqual({ state: before, events: [] });
        else if (before.protections > 0)
          expect(state).toEqual({ ...before, protections: before.protections - 1, evaluatedOn: tick.day });
        else expect(state).toEqual({ ...before, currentStreak: 0, evaluatedOn: tick.day });
        expect(events).toHaveLength(isInDanger(before, tick) ? 1 : 0);
        expect(evaluateStreak(state, tick)).toEqual({ state, events: [] });
      }),
    );
  });
});

describe('countQuiz', () => {
  const today = addMs(midnight, 9 * HOUR_MS);

  it('begins at one, and is the longest so far', () => {
    expect(countQuiz(freshStreak(ada, rules), today, 'UTC')).toEqual({
      ...freshStreak(ada, rules),
      currentStreak: 1,
      longestStreak: 1,
      lastQuizAt: today,
    });
  });

  it('counts two quizzes on one day once, and remembers the later', () => {
    const one = countQuiz(playedAt(addMs(midnight, -1)), midnight, 'UTC');
    expect(one.currentStreak).toBe(8);
    const lastOfDay = addMs(midnight, DAY_MS - 1);
    expect(countQuiz(one, lastOfDay, 'UTC')).toEqual({ ...one, lastQuizAt: lastOfDay });
    expect(countQuiz(one, addMs(midnight, DAY_MS), 'UTC').currentStreak).toBe(9);
  });

  it('means days of the zone', () => {
    const [before, after] = [instant('2026-11-24T22:59:00Z'), instant('2026-11-24T23:01:00Z')];
    const played = countQuiz(freshStreak(ada, rules), before, 'Europe/Berlin');
    expect(countQuiz(played, after, 'Europe/Berlin').currentStreak).toBe(2);
    expect(countQuiz(played, after, 'UTC').currentStreak).toBe(1);
  });

  it('is not judged by days that had been judged when it was recorded, and never forgets newer ones', () => {
    const late = (evaluatedOn: LocalDate | null, through: LocalDate | null) =>
      countQuiz({ ...freshStreak(ada, rules), evaluatedOn }, today, 'UTC', through).evaluatedOn;
    const [older, newer] = [localDate('UTC', today), localDate('UTC', addMs(today, DAY_MS))];
    expect([late(null, older), late(older, newer), late(newer, older), late(older, null)]).toEqual([
      older,
      newer,
      newer,
      older,
    ]);
  });

  it('begins again after a broken streak, also on the day that it broke', () => {
    const broken = evaluateStreak(streak(), tick).state;
    const again = countQuiz(broken, today, 'UTC');
    expect(again).toMatchObject({ currentStreak: 1, longestStreak: 9, lastQuizAt: today });
  });

  it('ignores a quiz that comes to hand after a later one', () => {
    const played = playedAt(midnight);
    expect(countQuiz(played, addMs(midnight, -1), 'UTC')).toBe(played);
    expect(countQuiz(played, midnight, 'UTC')).toBe(played);
  });

  it('grows by one for every day that is played on, and nothing endangers it, in any zone', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Beirut', 'America/Havana', 'Antarctica/Troll');
    const days = fc.array(fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 1 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(zone, days, (zone, played) => {
        const schedule = new CronerScheduleParser().parse({ cron: '0 0 * * *', timeZone: zone });
        let state = freshStreak(ada, rules);
        played.forEach((timesOfDay, index) => {
          const date = addDays('2026-10-20' as LocalDate, index);
          const [start, end] = [startOfDay(zone, date), startOfDay(zone, addDays(date, 1))];
          for (const part of timesOfDay.toSorted((a, b) => a - b)) {
            const at = instant(start + part * (end - start));
            const settled = applyDueStreakTicks(state, schedule, at, rules);
            expect(settled).toEqual({ state, events: [] });
            state = countQuiz(settled.state, at, zone);
          }
        });
        expect(state).toMatchObject({ currentStreak: played.length, longestStreak: played.length });
      }),
      { numRuns: 50 },
    );
  });
});

describe('applyDueStreakTicks', () => {
  const daily = new IntervalSchedule(24 * 60);

  it('applies the missed days oldest first: protections, then the end, and nothing after it', () => {
    const { state, events } = applyDueStreakTicks(
      streak({ protections: 2 }),
      daily,
      addMs(midnight, 30 * DAY_MS),
      rules,
    );
    expect(state).toMatchObject({ currentStreak: 0, protections: 0, evaluatedOn: '2026-11-26' });
    expect(events.map(({ key }) => key)).toEqual([
      'StreakProtected:2026-11-24:ada',
      'StreakProtected:2026-11-25:ada',
      'StreakBroken:2026-11-26:ada',
    ]);
  });

  it('counts a tick at this very instant', () => {
    expect(applyDueStreakTicks(streak(), daily, midnight, rules).state.currentStreak).toBe(0);
    expect(applyDueStreakTicks(streak(), daily, addMs(midnight, -1), rules).state.currentStreak).toBe(7);
  });

  it('finds nothing left to do at the same instant', () => {
    const now = addMs(midnight, DAY_MS);
    const { state } = applyDueStreakTicks(streak({ protections: 1 }), daily, now, rules);
    expect(applyDueStreakTicks(state, daily, now, rules)).toEqual({ state, events: [] });
  });

  it('takes no time for a player who was away for years', () => {
    const away = streak({ lastQuizAt: instant('1990-01-01T00:00:00Z'), protections: 2 });
    expect(applyDueStreakTicks(away, daily, midnight, rules).state.evaluatedOn).toBe('1990-01-06');
  });

  it('law 2: a job that is late, doubled or dead changes neither the streak nor the events', () => {
    fc.assert(
      fc.property(histories, ({ zone, cron, rules, actions, runs }) => {
        const schedule = new CronerScheduleParser().parse({ cron, timeZone: zone });
        const undisturbed = play(schedule, rules, actions, 'on time');
        const disturbed = play(schedule, rules, actions, runs);
        expect(disturbed).toEqual(undisturbed);
      }),
      { numRuns: 300 },
    );
  });
});

describe('streakRules', () => {
  it('fills in the defaults', () => {
    expect(streakRules()).toEqual({ breakAfterHours: 48, maxProtections: 2, initialProtections: 2 });
    expect(streakRules({ breakAfterHours: 36 }).breakAfterHours).toBe(36);
  });

  it('gives new players no more protections than they may hold', () => {
    expect(streakRules({ maxProtections: 1 }).initialProtections).toBe(1);
    expect(streakRules({ maxProtections: 5 }).initialProtections).toBe(2);
    expect(streakRules({ maxProtections: 5, initialProtections: 5 }).initialProtections).toBe(5);
    expect(streakRules({ maxProtections: 0 })).toMatchObject({ maxProtections: 0, initialProtections: 0 });
  });

  it.each([
    [{ breakAfterHours: 0 }, 'rules.streaks.breakAfterHours'],
    [{ breakAfterHours: 36.5 }, 'rules.streaks.breakAfterHours'],
    [{ breakAfterHours: '48' as unknown as number }, 'rules.streaks.breakAfterHours'],
    [{ maxProtections: -1 }, 'rules.streaks.maxProtections'],
    [{ maxProtections: Number.NaN }, 'rules.streaks.maxProtections'],
    [{ initialProtections: 3 }, 'rules.streaks.initialProtections'],
    [{ initialProtections: -1 }, 'rules.streaks.initialProtections'],
    [{ initialProtections: null as unknown as number }, 'rules.streaks.initialProtections'],
    [{ maxProtections: 1, initialProtections: 2 }, 'rules.streaks.initialProtections'],
  ])('refuses %j by name', (options, option) => {
    expect(() => streakRules(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});

/** Something that a player does: finishes a quiz, is granted a protection, or ends the history. */
interface Action {
  readonly what: 'quiz' | 'grant' | 'end';
  readonly at: Instant;
}

/** What the job does right before an action: of the ticks it owes it runs some, and some of those before again. */
interface LateRuns {
  readonly owed: number;
  readonly again: readonly number[];
}

const gaps = fc.oneof(
  fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => minutes * MINUTE_MS),
  fc.integer({ min: 0, max: 5 * 24 }).map((hours) => hours * HOUR_MS),
  fc
    .tuple(fc.constantFrom(24, 36, 48, 72), fc.constantFrom(-1, 0, 1))
    .map(([hours, ms]) => hours * HOUR_MS + ms),
);

/** A player's doings around a change of clocks, and a job that is as late as it likes. */
const histories = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Beirut', 'America/Havana', 'Australia/Lord_Howe'),
  cron: fc.constantFrom('0 0 * * *', '0 0 * * *', '30 2 * * *', '0 22 * * *', '0 */8 * * *'),
  rules: fc.record({
    breakAfterHours: fc.constantFrom(1, 24, 36, 48, 72),
    maxProtections: fc.constant(3),
    initialProtections: fc.nat(3),
  }),
  actions: fc
    .array(fc.record({ what: fc.constantFrom('quiz', 'quiz', 'quiz', 'grant' as const), gap: gaps }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((steps): readonly Action[] => {
      let at = instant('2026-10-18T00:00:00Z');
      const actions = steps.map(({ what, gap }) => ({ what, at: (at = addMs(at, gap)) }));
      return [...actions, { what: 'end', at: addMs(at, 5 * DAY_MS) }];
    }),
  runs: fc.array(fc.record({ owed: fc.nat(8), again: fc.array(fc.nat(6), { maxLength: 3 }) }), {
    minLength: 13,
    maxLength: 13,
  }),
});

/** Plays a history: at one instant ticks come first. Answers the final streak and the events in order of their keys. */
function play(
  schedule: Schedule,
  rules: StreakRules,
  actions: readonly Action[],
  runs: readonly LateRuns[] | 'on time',
): { readonly state: Streak; readonly events: readonly DomainEvent[] } {
  let state = freshStreak(ada, rules);
  const events = new Map<string, DomainEvent>();
  const take = (change: ReturnType<typeof evaluateStreak>): void => {
    state = change.state;
    for (const event of change.events) events.set(event.key, event);
  };
  const run = (at: Instant): void => take(evaluateStreak(state, streakTick(at, schedule.timeZone, rules)));
  const allTicks = [...schedule.between(instant('2026-10-17T00:00:00Z'), actions.at(-1)!.at)];
  let ran = 0;
  actions.forEach(({ what, at }, index) => {
    const ticks = allTicks.filter((tick) => tick <= at);
    const { owed, again } = runs === 'on time' ? { owed: Infinity, again: [] } : runs[index]!;
    ticks.slice(ran, ran + owed).forEach(run);
    ran = Math.min(ticks.length, ran + owed);
    for (const back of again) if (back < ran) run(ticks[ran - 1 - back]!);
    if (runs !== 'on time') take(applyDueStreakTicks(state, schedule, at, rules));
    if (what === 'quiz') state = countQuiz(state, at, schedule.timeZone);
    if (what === 'grant' && state.protections < rules.maxProtections)
      state = { ...state, protections: state.protections + 1 };
  });
  return { state, events: [...events.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) };
}
