import {
  DAY_MS,
  HOUR_MS,
  PlayerStreaks,
  instant,
  addMs,
  userId,
  type Instant,
  type UserId,
} from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';
import { streakTick, streakWithDates } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { rulesOfStreaks } from '../../arbitraries/streaks.ts';
import { zones } from '../../arbitraries/time.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { writtenEvents } from '../batches.ts';
import type { Sentence } from '../contract.ts';
import { Midnights } from './midnights.ts';
import { evaluateAll, everyStreak, type StreaksHarness } from './streaks-harness.ts';
import { UndisturbedStreaks } from './undisturbed-streaks.ts';

const players = ['ada', 'bob', 'cleo'].map(userId);
/** A time without clock changes, and times shortly before the clocks of several time zones change. */
const starts = [
  '2026-11-24T12:00:00Z',
  '2026-03-27T20:00:00Z',
  '2026-04-22T12:00:00Z',
  '2026-10-28T12:00:00Z',
];

/** How much later a step happens: after this many ticks, and some time before or after that tick (or after now). */
interface Wait {
  readonly ticks: number;
  readonly ms: number;
}

/** A step of a history: a player acts, or a tick runs (late, early in the queue, or twice). */
type Step =
  | { readonly kind: 'play' | 'grant'; readonly player: UserId; readonly wait: Wait }
  | { readonly kind: 'run'; readonly ticksBack: number };

const waits: fc.Arbitrary<Wait> = fc.record({
  ticks: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
  ms: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: 0, max: 30 * HOUR_MS })),
});

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('play' as const, 'play' as const, 'play' as const, 'grant' as const),
        player: fc.constantFrom(...players),
        wait: waits,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('run' as const), ticksBack: fc.integer({ min: 0, max: 3 }) }),
    },
  ),
  { minLength: 1, maxLength: 24, size: 'max' },
);

/**
 * Compares quizzes, protections and late, repeated or missing runs in any order, all caught up at the end, with the
 * undisturbed history: every tick on time and before the actions of its instant.
 */
export const differentialStreaks: Sentence<StreaksHarness>['check'] = async (create, property) => {
  const scenes = fc.tuple(fc.constantFrom(...starts).map(instant), zones(), rulesOfStreaks(), steps);
  await fc.assert(
    fc.asyncProperty(scenes, async ([start, zone, rules, history]) => {
      const harness = await create();
      const schedule = new Midnights(zone);
      const playerStreaks = new PlayerStreaks({
        ...harness,
        clock: new VirtualClock(addMs(start, 1_000 * DAY_MS)),
        rules,
        schedule,
      });
      const model = new UndisturbedStreaks({ schedule, rules, start });
      let now = start;
      let ranThrough = start;
      const run = async (through: Instant): Promise<void> => {
        // In order, as the engine does; a tick that has already run is run once more.
        const from = ranThrough < through ? ranThrough : addMs(through, -1);
        for (const tick of schedule.between(from, through))
          await evaluateAll(harness, streakTick(tick, zone, rules), 2);
        if (through > ranThrough) ranThrough = through;
      };
      for (const step of history) {
        if (step.kind === 'run') {
          await run(latest(schedule, now, step.ticksBack));
          continue;
        }
        now = after(schedule, now, step.wait);
        if (step.kind === 'play') {
          const played = await playerStreaks.countQuiz(step.player, { at: now });
          deepEqual(played, streakWithDates(model.play(step.player, now)));
        } else {
          const { ok } = await playerStreaks.grantProtection(step.player, { at: now });
          equal(ok, model.grant(step.player, now));
        }
      }
      await run(latest(schedule, now, 0));
      model.runThrough(now);
      deepEqual(await everyStreak(harness), model.streaks());
      deepEqual(await writtenEvents(harness.outbox), model.events());
    }),
    property,
  );
};

function after(schedule: Schedule, now: Instant, { ticks, ms }: Wait): Instant {
  let from = now;
  for (let count = 0; count < ticks; count += 1) from = schedule.next(from) ?? from;
  return instant(Math.max(now, from + ms));
}

/** Returns the last tick by now, or one `ticksBack` ticks before it. */
function latest(schedule: Schedule, now: Instant, ticksBack: number): Instant {
  let tick = addMs(now, 1);
  for (let count = 0; count <= ticksBack; count += 1) tick = schedule.previous(tick) ?? tick;
  return tick;
}
