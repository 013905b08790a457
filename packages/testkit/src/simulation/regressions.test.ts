import { CronerSchedules } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import type { GameAction } from './game-players.ts';
import { gameScenario } from './game-scenario.ts';
import type { SimulationPlan } from './plan.ts';
import { simulate } from './simulate.ts';

/**
 * Histories that went wrong once, in the engine, in the simulation, or in a copy of one of them with a line taken out: each
 * as it came out of the search, and what goes on in it.
 */
const histories: Readonly<Record<string, SimulationPlan<GameAction>>> = {
  'a player who waits for a slow transaction acts as of the moment of asking': {
    skewsMs: [0],
    faults: [
      {
        instance: 0,
        at: { call: 'ledger.advance', nth: 7, side: 'before' },
        what: { kind: 'slow', forMs: 1_801_000 },
      },
    ],
    actions: [{ afterMs: 28_260_000, action: { do: 'start', player: 0, quiz: 0 } }],
  },
  'a claim that is answered after its lease has ended commits nothing': {
    skewsMs: [0, 0],
    faults: [
      {
        instance: 0,
        at: { call: 'ledger.claim', nth: 1, side: 'after' },
        what: { kind: 'slow', forMs: 120_000 },
      },
    ],
    actions: [{ afterMs: 0, action: { do: 'start', player: 0, quiz: 0 } }],
  },
  'a batch that was begun before a pause longer than the lease is undone': {
    skewsMs: [0, 0],
    faults: [
      {
        instance: 0,
        at: { call: 'transactions.run', nth: 1, side: 'before' },
        what: { kind: 'pause', forMs: 16_000 },
      },
    ],
    actions: [],
  },
  'a batch whose commit nobody was told of is not done again': {
    skewsMs: [0],
    faults: [
      {
        instance: 0,
        at: { call: 'transactions.run', nth: 8, side: 'after' },
        what: { kind: 'unavailable' },
      },
    ],
    actions: [],
  },
  'a run that was given back goes on at its checkpoint': {
    skewsMs: [0],
    faults: [
      {
        instance: 0,
        at: { call: 'ledger.advance', nth: 1, side: 'before' },
        what: { kind: 'restart', downMs: 7_200_000 },
      },
    ],
    actions: [],
  },
  'a run that could not be given back is left to another attempt and not failed': {
    skewsMs: [0],
    faults: [
      {
        instance: 0,
        at: { call: 'ledger.claim', nth: 1, side: 'before' },
        what: { kind: 'restart', downMs: 120_000 },
      },
      {
        instance: 0,
        at: { call: 'ledger.release', nth: 1, side: 'before' },
        what: { kind: 'error' },
      },
    ],
    actions: [],
  },
  'an instance that finds a run held takes it over when the lease ends': {
    skewsMs: [0, 0],
    faults: [
      {
        instance: 0,
        at: { call: 'transactions.run', nth: 1, side: 'before' },
        what: { kind: 'partition', forMs: 46_000 },
      },
    ],
    actions: [],
  },
  'a life that is due at the instant of an action is there for it': {
    skewsMs: [0],
    faults: [],
    actions: [
      { afterMs: 0, action: { do: 'start', player: 0, quiz: 1 } },
      { afterMs: 3_000_000, action: { do: 'start', player: 0, quiz: 0 } },
    ],
  },
};

const scenario = gameScenario({ schedules: new CronerSchedules(), days: 2 });

describe('histories that went wrong once', () => {
  it.each(Object.entries(histories))('%s', async (_, plan) => {
    expect(await simulate(scenario, plan)).toMatchObject({ violations: [] });
  });
});
