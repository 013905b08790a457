import { DAY_MS, HOUR_MS, instant, addMs, silentLogger, userId, type Instant } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExistingTicks, zoneHours, type Deploy } from '../test/existing-ticks-reference.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHost } from './job-host.ts';

const start = instant('2026-11-24T11:45:00Z');
const players = ['ada', 'bob'].map(userId);
const jobs = ['life-regeneration', 'streak-update'] as const;
/** Another instance's deploy is seen by everybody within this. */
const SEEN_MS = 15_000;

const deploys: fc.Arbitrary<Deploy> = fc.record({
  livesEveryMinutes: fc.constantFrom(10, 20, 30, 60),
  zone: fc.constantFrom(...(Object.keys(zoneHours) as (keyof typeof zoneHours)[])),
  hour: fc.constantFrom(0, 0, 4),
  maxLives: fc.integer({ min: 1, max: 7 }),
  regenMinutes: fc.constantFrom(5, 30, 90),
  breakAfterHours: fc.constantFrom(24, 36, 48),
});

type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'play'; readonly player: number; readonly backMs: number }
  | { readonly kind: 'run'; readonly job: (typeof jobs)[number]; readonly share: number }
  | { readonly kind: 'deploy'; readonly deploy: Deploy }
  | { readonly kind: 'pause' | 'resume'; readonly job: (typeof jobs)[number] };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.oneof(fc.integer({ min: 1, max: 3 * HOUR_MS }), fc.integer({ min: 1, max: 3 * DAY_MS })),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('play' as const),
        player: fc.nat({ max: players.length - 1 }),
        backMs: fc.oneof(
          fc.constant(0),
          fc.integer({ min: 1, max: 4 * HOUR_MS }),
          fc.integer({ min: 1, max: 12 * DAY_MS }),
        ),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('run' as const),
        job: fc.constantFrom(...jobs),
        share: fc.constantFrom(0.3, 0.7, 1),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('deploy' as const), deploy: deploys }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('pause' as const, 'resume' as const),
        job: fc.constantFrom(...jobs),
      }),
    },
  ),
  { minLength: 4, maxLength: 30, size: 'max' },
);

/** Deploys of one game on one store in memory, all instances kept: the older ones go on beside the newer. */
class Game {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly hosts: JobHost[] = [];

  async deploy({
    livesEveryMinutes,
    zone,
    hour,
    maxLives,
    regenMinutes,
    breakAfterHours,
  }: Deploy): Promise<void> {
    const host = createJobHost({
      modules: [memoryAdapters(this.store), cronerScheduler()],
      clock: this.clock,
      logger: silentLogger,
      rules: { lives: { maxLives, regenMinutes }, streaks: { breakAfterHours } },
      jobOverrides: {
        'life-regeneration': {
          schedule: { cron: livesEveryMinutes === 60 ? '0 * * * *' : `*/${livesEveryMinutes} * * * *` },
        },
        'streak-update': { schedule: { cron: `0 ${hour} * * *`, timeZone: zone } },
      },
    });
    await host.open();
    this.hosts.push(host);
  }

  /** Each instance in its turn. */
  host(turn: number): JobHost {
    return this.hosts[turn % this.hosts.length]!;
  }

  async read(turn: number): Promise<readonly object[]> {
    const { lives, streaks } = this.host(turn);
    return Promise.all(
      players.map(async (player) => {
        const { currentLives } = await lives.read(player);
        const { currentStreak, longestStreak, protections } = await streaks.read(player);
        return { lives: currentLives, streak: currentStreak, longest: longestStreak, protections };
      }),
    );
  }
}

describe('law 2: reading, playing and running apply the same ticks', () => {
  it('whatever is registered, recorded late, paused, deployed and run in whichever order', async () => {
    await fc.assert(
      fc.asyncProperty(deploys, steps, async (first, history) => {
        const game = new Game();
        await game.deploy(first);
        const law = new ExistingTicks(start, first);
        const paused = new Set<string>();
        for (const [turn, step] of history.entries()) {
          const now = game.clock.now();
          const before = await game.read(turn);
          expect(before).toEqual(players.map((player) => law.read(player, now)));
          if (step.kind === 'run') {
            const owed = law.owed(step.job, now);
            const through = owed[Math.ceil(owed.length * step.share) - 1];
            if (through !== undefined && !paused.has(step.job)) {
              await game.host(turn + 1).runNow(step.job, { tick: through });
              law.run(step.job, through);
              // Running shows nobody anything new.
              expect(await game.read(turn)).toEqual(before);
            }
          } else await act(game, law, paused, step, turn);
        }
        // What is owed runs at last, and what stands in the store is what was read.
        const now = game.clock.now();
        const read = await game.read(0);
        for (const job of jobs) {
          await game.host(0).resume(job);
          const last = law.owed(job, now).at(-1);
          if (last !== undefined) {
            await game.host(1).runNow(job, { tick: last });
            law.run(job, last);
          }
        }
        expect(await game.read(1)).toEqual(read);
        expect(await stored(game)).toEqual(read);
        const keys = (await game.store.outbox.list({ limit: 10_000 })).map(({ key }) => key);
        expect(keys.toSorted()).toEqual([...law.events].toSorted());
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});

async function act(
  game: Game,
  law: ExistingTicks,
  paused: Set<string>,
  step: Exclude<Step, { kind: 'run' }>,
  turn: number,
): Promise<void> {
  const { clock } = game;
  switch (step.kind) {
    case 'wait':
      clock.jumpTo(addMs(clock.now(), step.ms));
      return;
    case 'play': {
      const player = players[step.player]!;
      const at: Instant = addMs(clock.now(), -step.backMs);
      const { lives, streaks } = game.host(turn);
      const { ok, lives: left } = await lives.spend(player, { at });
      const { currentStreak } = await streaks.countQuiz(player, { at });
      expect({ ok, lives: left.currentLives, streak: currentStreak }).toEqual(law.play(player, at));
      return;
    }
    case 'deploy':
      // Two changes of one instant would be a millisecond apart on record.
      clock.jumpTo(addMs(clock.now(), 1));
      await game.deploy(step.deploy);
      law.deploy(clock.now(), step.deploy);
      clock.jumpTo(addMs(clock.now(), SEEN_MS));
      return;
    case 'pause':
      await game.host(turn).pause(step.job);
      paused.add(step.job);
      return;
    case 'resume':
      await game.host(turn).resume(step.job);
      paused.delete(step.job);
  }
}

/** What the rows say by themselves; who has none is as good as new. */
async function stored(game: Game): Promise<readonly object[]> {
  const fresh = await game.read(0);
  return Promise.all(
    players.map(async (player, index) => {
      const lives = await game.store.lives.find(player);
      const streak = await game.store.streaks.find(player);
      return {
        ...fresh[index],
        ...(lives && { lives: lives.currentLives }),
        ...(streak && {
          streak: streak.currentStreak,
          longest: streak.longestStreak,
          protections: streak.protections,
        }),
      };
    }),
  );
}
