import { IntervalSchedule, instants, livesAround, rulesOfLives } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { userId } from '../players/ids.ts';
import { DAY_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { defaultLivesRules as rules, livesRules, withRaises } from './lives-rules.ts';
import { fullLives, isDue, regenerate, applyDueLifeTicks, spendLife, type Lives } from './lives.ts';

const ada = userId('ada');
const tick = instant('2026-11-24T10:30:00Z');
const waiting = (currentLives: number, nextRegenAt = tick): Lives => ({
  userId: ada,
  currentLives,
  lastRegenAt: null,
  nextRegenAt,
});

/** A player, an instant and rules, all from one hat. */
const scenes = fc
  .tuple(instants(), rulesOfLives())
  .chain(([asOf, some]) => fc.tuple(livesAround(asOf, some, ada), fc.constant(asOf), fc.constant(some)));

describe('regenerate', () => {
  it('gives one life at the tick at which the timer ends', () => {
    const { state, events } = regenerate(waiting(2), tick, rules);
    expect(state).toEqual({ ...waiting(3), lastRegenAt: tick, nextRegenAt: addMs(tick, 30 * MINUTE_MS) });
    expect(events).toEqual([]);
  });

  it('gives nothing a millisecond too early', () => {
    const lives = waiting(2, addMs(tick, 1));
    expect(regenerate(lives, tick, rules)).toEqual({ state: lives, events: [] });
  });

  it('tells when the maximum is reached, with a key made from tick and player', () => {
    expect(regenerate(waiting(4), tick, rules).events).toEqual([
      {
        type: 'LivesRefilled',
        key: 'LivesRefilled:2026-11-24T10:30:00.000Z:ada',
        occurredAt: tick,
        payload: { userId: ada },
      },
    ]);
  });

  it('gives at most one life and never passes the maximum', () => {
    fc.assert(
      fc.property(scenes, ([lives, asOf, some]) => {
        const { state } = regenerate(lives, asOf, some);
        const given = state.currentLives - lives.currentLives;
        expect(given).toBe(isDue(lives, asOf, some) ? 1 : 0);
        if (given === 1) expect(state.currentLives).toBeLessThanOrEqual(some.maxLives);
      }),
    );
  });

  it('finds nothing left to do at the same tick', () => {
    fc.assert(
      fc.property(scenes, ([lives, asOf, some]) => {
        const { state } = regenerate(lives, asOf, some);
        expect(regenerate(state, asOf, some)).toEqual({ state, events: [] });
      }),
    );
  });

  it('reads the tick and not the clock: a run that starts late gives the next life on time', () => {
    const after = regenerate(waiting(1), tick, rules).state;
    expect(regenerate(after, addMs(tick, 30 * MINUTE_MS), rules).state.currentLives).toBe(3);
  });
});

describe('spendLife', () => {
  it('refuses at zero and changes nothing', () => {
    const lives = waiting(0);
    expect(spendLife(lives, tick, rules)).toEqual({ ok: false, reason: 'no-lives', lives });
  });

  it('starts the timer when it is spent from full', () => {
    expect(spendLife(fullLives(ada, rules), tick, rules)).toEqual({
      ok: true,
      lives: waiting(4, addMs(tick, 30 * MINUTE_MS)),
    });
  });

  it('gives nothing back at ticks that have run when it is recorded late', () => {
    const ran = addMs(tick, 2 * 60 * MINUTE_MS);
    const spent = [fullLives(ada, rules), waiting(3, addMs(tick, 5))].map((lives) =>
      spendLife(lives, tick, rules, ran),
    );
    expect(spent.map(({ lives }) => lives.nextRegenAt)).toEqual([addMs(ran, 1), addMs(ran, 1)]);
    expect(spendLife(waiting(3, addMs(ran, 9)), tick, rules, ran).lives.nextRegenAt).toBe(addMs(ran, 9));
  });

  it('gets no second life from a tick when it is recorded late', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 30 }), (hours) => {
        let lives = fullLives(ada, rules);
        const told: string[] = [];
        for (const hour of hours) {
          const at = addMs(tick, hour * 60 * MINUTE_MS);
          const { state, events } = applyDueLifeTicks(lives, new IntervalSchedule(30), at, rules);
          told.push(...events.map(({ key }) => key));
          lives = spendLife(state, at, rules).lives;
        }
        expect(told).toEqual([...new Set(told)]);
      }),
    );
  });

  it('leaves a running timer alone', () => {
    const lives = waiting(3, addMs(tick, 5));
    expect(spendLife(lives, tick, rules)).toEqual({ ok: true, lives: { ...lives, currentLives: 2 } });
  });
});

describe('applyDueLifeTicks', () => {
  const schedule = new IntervalSchedule(30);

  it('law 2: equals the ticks applied one by one, events included', () => {
    const spans = fc.integer({ min: 0, max: 12 * 60 * MINUTE_MS });
    fc.assert(
      fc.property(scenes, spans, ([lives, asOf, some], spanMs) => {
        const now = addMs(asOf, spanMs);
        let state = lives;
        const events = [];
        for (const due of schedule.between(addMs(asOf, -30 * 24 * 60 * MINUTE_MS), now)) {
          const change = regenerate(state, due, some);
          state = change.state;
          events.push(...change.events);
        }
        expect(applyDueLifeTicks(lives, schedule, now, some)).toEqual({ state, events });
      }),
    );
  });

  it('counts a tick at this very instant', () => {
    expect(applyDueLifeTicks(waiting(0), schedule, tick, rules).state.currentLives).toBe(1);
    expect(applyDueLifeTicks(waiting(0), schedule, addMs(tick, -1), rules).state.currentLives).toBe(0);
  });

  it('applies each tick by the rules of its instant', () => {
    const change = addMs(tick, 45 * MINUTE_MS);
    const history = [
      { since: addMs(tick, -DAY_MS), rules: { maxLives: 3, regenMinutes: 30 } },
      { since: change, rules: { maxLives: 4, regenMinutes: 60 } },
    ];
    const ruling = {
      at: (asOf: Instant) => withRaises(asOf < change ? history.slice(0, 1) : history),
      until: (asOf: Instant) => (asOf < change ? change : (Infinity as Instant)),
    };
    const { state, events } = applyDueLifeTicks(
      waiting(2),
      schedule,
      addMs(tick, 6 * 60 * MINUTE_MS),
      ruling,
    );
    // Full under the old rules; the timer of the raise ends an hour and three quarters after that, between two ticks.
    expect(state).toMatchObject({ currentLives: 4, lastRegenAt: addMs(tick, 120 * MINUTE_MS) });
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([tick, addMs(tick, 120 * MINUTE_MS)]);
    expect(
      applyDueLifeTicks(waiting(2), schedule, addMs(tick, 119 * MINUTE_MS), ruling).state.currentLives,
    ).toBe(3);
  });

  it('takes no time for a player who was away for years', () => {
    const lives = waiting(0, instant('1990-01-01T00:00:00Z'));
    expect(applyDueLifeTicks(lives, schedule, tick, rules).state.currentLives).toBe(rules.maxLives);
  });
});

describe('a raise of the maximum', () => {
  const change = instant('2026-11-24T10:00:00Z');
  const raised = withRaises([
    { since: addMs(change, -DAY_MS), rules },
    { since: change, rules: { ...rules, maxLives: 10 } },
  ]);
  const timerEnds = addMs(change, 30 * MINUTE_MS);

  it.each([
    ['has a timer from long ago', addMs(change, -90 * DAY_MS)],
    ['never had a timer', null],
  ])('starts the timer of a player who was full and %s', (_who, nextRegenAt) => {
    const lives = { ...waiting(5), nextRegenAt };
    expect(isDue(lives, addMs(timerEnds, -1), raised)).toBe(false);
    expect(regenerate(lives, timerEnds, raised).state).toMatchObject({ currentLives: 6 });
    expect(spendLife(lives, addMs(change, 1), raised)).toMatchObject({
      lives: { currentLives: 4, nextRegenAt: timerEnds },
    });
  });

  it('leaves the timer of a player alone who was below the maximum before, too', () => {
    expect(isDue(waiting(4, addMs(change, 1)), addMs(change, 1), raised)).toBe(true);
  });

  it('counts the newest of several, and none that was taken back', () => {
    const again = withRaises([
      { since: addMs(change, -3 * DAY_MS), rules },
      { since: addMs(change, -2 * DAY_MS), rules: { ...rules, maxLives: 7 } },
      { since: addMs(change, -DAY_MS), rules },
      { since: change, rules: { maxLives: 6, regenMinutes: 60 } },
    ]);
    expect(isDue({ ...waiting(5), nextRegenAt: null }, addMs(change, 59 * MINUTE_MS), again)).toBe(false);
    expect(isDue({ ...waiting(5), nextRegenAt: null }, addMs(change, 60 * MINUTE_MS), again)).toBe(true);
    expect(isDue({ ...waiting(6), nextRegenAt: null }, addMs(change, DAY_MS), again)).toBe(false);
  });
});

describe('livesRules', () => {
  it('fills in the defaults', () => {
    expect(livesRules()).toEqual({ maxLives: 5, regenMinutes: 30 });
    expect(livesRules({ maxLives: 3 })).toEqual({ maxLives: 3, regenMinutes: 30 });
  });

  it.each([
    [{ maxLives: 0 }, 'rules.lives.maxLives'],
    [{ maxLives: 2.5 }, 'rules.lives.maxLives'],
    [{ regenMinutes: -30 }, 'rules.lives.regenMinutes'],
    [{ regenMinutes: Number.NaN }, 'rules.lives.regenMinutes'],
    [{ regenMinutes: '30' as unknown as number }, 'rules.lives.regenMinutes'],
  ])('refuses %j by name', (options, option) => {
    expect(() => livesRules(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});
