import { defineJob } from '@gamekeeper/core';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutEventKeys } from '../../test/broken-stores.ts';
import {
  checkSimulation,
  historyInWords,
  searchHistories,
  type SimulationError,
} from './check-simulation.ts';
import type { GameAction } from './game-players.ts';
import { gameScenario, gameStore } from './game-scenario.ts';
import type { GameVersion } from './game-version.ts';
import type { SimulationPlan } from './plan.ts';
import { simulationPlans } from './plans.ts';
import { simulate } from './simulate.ts';

/** A few take seconds; 200 of them take minutes. */
const HISTORIES = Number(process.env['SIMULATION_HISTORIES'] ?? 20);

const week = gameScenario({ schedules: new CronerScheduleParser() });
const day = gameScenario({ schedules: new CronerScheduleParser(), days: 1 });
const calm: SimulationPlan<GameAction> = { skewsMs: [0, 0, 0], faults: [], actions: [] };

describe('a simulated week', () => {
  it('laws 1, 2, 3, 4, 7, 8 and 10: ends like an undisturbed one, whatever happens to the instances', async () => {
    // The same ones each time: `npm run simulate` plays others.
    const { histories } = await checkSimulation(week, { histories: HISTORIES, seed: 20_261_128 });
    expect(histories).toBe(HISTORIES);
  }, 300_000);

  it('is the same to the letter when it is played again', async () => {
    for (const plan of fc.sample(simulationPlans(week), { numRuns: 3, seed: 20_261_124 })) {
      expect(await simulate(week, plan)).toEqual(await simulate(week, plan));
    }
  });

  it('runs every tick once when nothing happens to anybody', async () => {
    const history = await simulate(week, calm);
    expect(history).toMatchObject({ violations: [], story: [] });
    // Lives 336, streaks 7, sessions 168, a week and a month that end, recalculation 28, tally 56, spoilt 28.
    expect(history.runs).toBe(336 + 7 + 168 + 1 + 1 + 28 + 56 + 28);
  });

  it('runs every tick when all instances are dead for most of the week', async () => {
    const downMs = 6 * 24 * 3_600_000;
    const faults = [0, 1, 2].map((instance) => ({
      instance,
      at: { afterMs: 1_000 },
      what: { kind: 'crash', downMs } as const,
    }));
    const history = await simulate(week, { ...calm, faults });
    // Of the 24 recalculations that were missed only the newest is made up for.
    expect(history).toMatchObject({ violations: [], runs: 625 - 23 });
    expect(history.story).toHaveLength(3);
  });
});

describe('a simulated day with a courier', () => {
  it('laws 1, 2, 3 and 9: ends like an undisturbed one, whatever the courier loses, doubles, delays and reorders', async () => {
    const carried = Number(process.env['SIMULATION_HISTORIES'] ?? 300);
    const dimensions = ['courier', 'shards'] as const;
    const { histories } = await checkSimulation(day, { histories: carried, seed: 20_261_129, dimensions });
    expect(histories).toBe(carried);
  }, 300_000);

  it('runs every tick once on hosts of which one only sends', async () => {
    const courier = { loses: 0, doubles: 0, delays: 0, maxDelayMs: 5_000, bellMs: 60_000, seed: 1 };
    const plan = { ...calm, courier: { ...courier, roles: ['send', 'work', 'work'] as const } };
    const history = await simulate(day, plan);
    const alone = await simulate(day, calm);
    expect(history).toMatchObject({ violations: [], story: [], runs: alone.runs });
  });
});

describe('a fault', () => {
  const atTally = (
    nth: number,
    what: SimulationPlan['faults'][number]['what'],
    side: 'before' | 'after',
  ) => ({
    ...calm,
    skewsMs: [0],
    faults: [{ instance: 0, at: { call: 'tallies.add', nth, side }, what }],
  });

  it('kills a process in the middle of a transaction, and what it did there is undone', async () => {
    const history = await simulate(day, atTally(2, { kind: 'crash', downMs: 60_000 }, 'after'));
    expect(history.violations).toEqual([]);
    expect(history.story).toEqual([
      expect.stringMatching(
        /^2026-11-26 15:00 {2}instance A crashed \(down for 1 min\) after tallies.add #2 while it runs tally 2026-11-26 15:00/,
      ),
      '2026-11-26 15:01  instance A takes tally 2026-11-26 15:00 over (attempt 2)',
      '2026-11-26 15:01  instance A completes (attempt 2) tally 2026-11-26 15:00',
    ]);
  });

  it('that comes after a commit leaves what was committed', async () => {
    const fault = { instance: 0, at: { call: 'transactions.run', nth: 1, side: 'after' } } as const;
    const plan = { ...calm, skewsMs: [0], faults: [{ ...fault, what: { kind: 'unavailable' } as const }] };
    expect((await simulate(day, plan)).violations).toEqual([]);
  });

  it('never comes to a call that is never made', async () => {
    const history = await simulate(day, atTally(1_000, { kind: 'error' }, 'before'));
    expect(history).toMatchObject({ violations: [], story: [] });
  });
});

it('tells what happened, and how to play it again', async () => {
  const failing = { ...day, openStore: withoutEventKeys, openReference: gameStore };
  const failed = checkSimulation(failing, { histories: 5, seed: 1 });
  const error = (await failed.catch((reason: unknown) => reason)) as SimulationError<GameAction, GameVersion>;
  expect(error).toMatchObject({ code: 'SIMULATION_FAILED' });
  expect(error.message).toContain('is stored more than once');
  const [, path] = /Replay it with \{ seed: 1, path: "([\d:]+)" \}/.exec(error.message) ?? [];
  const { failure } = await searchHistories(failing, { seed: 1, path: path! });
  expect(failure?.history).toEqual(error.history);
  expect(historyInWords(await simulate(failing, error.history.plan))).toBe(historyInWords(error.history));
});

it('says so when a job fails even undisturbed', async () => {
  const failing = defineJob({
    name: 'failing',
    schedule: { cron: '0 * * * *' },
    batch: async () => {
      throw new Error('no such table');
    },
  });
  const scenario = { ...day, jobs: () => [failing] };
  await expect(simulate(scenario, calm)).rejects.toThrow(
    /^failing at 2026-11-26T13:00:00.000Z failed .*no such table/,
  );
});
