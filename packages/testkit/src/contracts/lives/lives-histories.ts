import {
  DAY_MS,
  MINUTE_MS,
  PlayerLives,
  defaultLivesRules as rules,
  instant,
  iso,
  addMs,
  userId,
  type DomainEvent,
  type Instant,
  type Lives,
  type UserId,
} from '@gamekeeper/core';
import {
  compareBytewise as bytewise,
  fullLives,
  regenerate,
  applyDueLifeTicks,
  spendLife,
} from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual } from '../assertions.ts';
import { IntervalSchedule } from '../../time/interval-schedule.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import type { Sentence } from '../contract.ts';
import { eventKeys, everyone, regenerateAll, store, type LivesHarness } from './lives-harness.ts';

const schedule = new IntervalSchedule(30);
const start = instant('2026-11-24T00:00:00Z');
const players = ['ada', 'bob', 'cleo'].map(userId);

/** A step of a history: a player acts, or a tick runs (late, early in the queue, or twice). */
type Step =
  | { readonly kind: 'play'; readonly player: UserId; readonly afterMs: number }
  | { readonly kind: 'run'; readonly ticksBack: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('play' as const),
        player: fc.constantFrom(...players),
        afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 * MINUTE_MS })),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('run' as const), ticksBack: fc.integer({ min: 0, max: 3 }) }),
    },
  ),
  { minLength: 1, maxLength: 30, size: 'max' },
);

/**
 * Compares actions and late, repeated or missing runs in any order, all caught up at the end, with the undisturbed
 * history: every tick on time and before the actions of its instant.
 */
export const differentialLives: Sentence<LivesHarness>['check'] = async (create, property) => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const harness = await create();
      const playerLives = new PlayerLives({
        ...harness,
        clock: new VirtualClock(addMs(start, 1_000 * DAY_MS)),
        rules,
        schedule,
      });
      const model = new UndisturbedLives();
      let now = start;
      let ranThrough = start;
      const run = async (through: Instant): Promise<void> => {
        // In order, as the engine does; a tick that has already run is run once more.
        const from = ranThrough < through ? ranThrough : addMs(through, -1);
        for (const tick of schedule.between(from, through)) await regenerateAll(harness, tick, rules, 2);
        if (through > ranThrough) ranThrough = through;
      };
      for (const step of history) {
        if (step.kind === 'run') {
          await run(latest(now, step.ticksBack));
          continue;
        }
        now = addMs(now, step.afterMs);
        const { ok } = await playerLives.spend(step.player, { at: now });
        deepEqual(ok, model.play(step.player, now), `${step.player} at ${iso(now)}`);
      }
      await run(latest(now, 0));
      model.runThrough(now);
      deepEqual(await everyone(harness.lives), model.states());
      deepEqual(await eventKeys(harness.outbox), model.eventKeys());
    }),
    property,
  );
};

/** Many concurrent actions of few players while ticks run. */
export const concurrentLives: Sentence<LivesHarness>['check'] = async (create, property) => {
  const plays = fc.array(fc.constantFrom(...players), { minLength: 1, maxLength: 24, size: 'max' });
  const lives = fc.array(fc.integer({ min: 0, max: rules.maxLives }), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(plays, lives, async (crowdPlays, current) => {
      const harness = await create();
      const tick = schedule.next(start);
      const now = addMs(tick, 1_000);
      const crowd = players.map((id, index) => waiting(id, current[index]!));
      await store(harness, crowd);
      const playerLives = new PlayerLives({ ...harness, clock: new VirtualClock(now), rules, schedule });
      const race = crowdPlays.map((player) => playerLives.spend(player));
      const runs = [1, 2].map((limit) => regenerateAll(harness, tick, rules, limit));
      const results = await Promise.all([Promise.all(race), ...runs]);

      const model = new UndisturbedLives(crowd);
      model.runThrough(now);
      const expected = crowdPlays.map((player) => model.play(player, now));
      const counted = (all: readonly boolean[]): number => all.filter(Boolean).length;
      deepEqual(counted(results[0].map(({ ok }) => ok)), counted(expected));
      deepEqual(await everyone(harness.lives), model.states());
      deepEqual(await eventKeys(harness.outbox), model.eventKeys());
    }),
    property,
  );

  function waiting(id: UserId, currentLives: number): Lives {
    return { userId: id, currentLives, lastRegenAt: null, nextRegenAt: schedule.next(start) };
  }
};

/** The rules alone: every tick is applied to every player at its instant. */
class UndisturbedLives {
  readonly #lives: Map<UserId, Lives>;
  readonly #events = new Map<string, DomainEvent>();
  #ranThrough = start;

  constructor(crowd: readonly Lives[] = []) {
    this.#lives = new Map(crowd.map((lives) => [lives.userId, lives]));
  }

  runThrough(now: Instant): void {
    for (const tick of schedule.between(this.#ranThrough, now)) {
      for (const lives of this.#lives.values()) this.#keep(regenerate(lives, tick, rules));
      this.#ranThrough = tick;
    }
  }

  play(id: UserId, now: Instant): boolean {
    this.runThrough(now);
    const settled = applyDueLifeTicks(this.#lives.get(id) ?? fullLives(id, rules), schedule, now, rules);
    const result = spendLife(settled.state, now, rules);
    this.#keep({ state: result.lives, events: settled.events });
    return result.ok;
  }

  states(): readonly Lives[] {
    return [...this.#lives.values()].sort((a, b) => bytewise(a.userId, b.userId));
  }

  eventKeys(): readonly string[] {
    return [...this.#events.keys()].sort(bytewise);
  }

  #keep({ state, events }: ReturnType<typeof regenerate>): void {
    this.#lives.set(state.userId, state);
    for (const event of events) this.#events.set(event.key, event);
  }
}

function latest(now: Instant, ticksBack: number): Instant {
  return addMs(schedule.previous(addMs(now, 1)), -ticksBack * 30 * MINUTE_MS);
}
