import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import type { GameAction } from './game-players.ts';
import { gameScenario } from './game-scenario.ts';
import type { GameVersion } from './game-version.ts';
import type { SimulationPlan } from './plan.ts';
import { simulate } from './simulate.ts';

/**
 * Histories that went wrong once, in the engine, in the simulation, or in a copy of one of them with a line taken out: each
 * as it came out of the search, and what goes on in it.
 */
const histories: Readonly<Record<string, SimulationPlan<GameAction, GameVersion>>> = {
  'a cache that was away when the first XP of a board was earned shows the empty board that it has': {
    skewsMs: [0],
    faults: [{ instance: 0, at: { afterMs: 598_829_800 }, what: { kind: 'cache-away', forMs: 14_400_000 } }],
    actions: [
      { afterMs: 604_020_000, action: { do: 'start', player: 0, quiz: 0 } },
      { afterMs: 604_260_001, action: { do: 'complete', quiz: 0, xp: 2 } },
    ],
    measuresClocks: true,
  },
  'XP for a week that nobody played in, earned before one that is sealed, opens no week that no reset would close':
    {
      skewsMs: [0],
      faults: [],
      actions: [
        { afterMs: 0, action: { do: 'start', player: 0, quiz: 0 } },
        { afterMs: 1, action: { do: 'complete', quiz: 0, xp: 0 } },
        { afterMs: 0, action: { do: 'award', player: 0, award: 1, xp: 0 } },
        { afterMs: 301_260_000, action: { do: 'start', player: 0, quiz: 2 } },
        { afterMs: 301_860_001, action: { do: 'complete', quiz: 2, xp: 0 }, at: 1_795_349_699_999 },
      ],
      measuresClocks: true,
    },
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
  'a host that is seconds ahead does not end the reset of a period that is not over': {
    skewsMs: [11_000],
    faults: [],
    actions: [],
  },
  'handlers that are slow are given each event once': {
    skewsMs: [0],
    faults: [],
    actions: [],
    delivery: { handlerMs: 10_000 },
  },
  'players who were carried over are shown before the first recalculation of a period': {
    skewsMs: [0],
    faults: [{ instance: 0, at: { afterMs: 389_099_999 }, what: { kind: 'crash', downMs: 43_200_000 } }],
    actions: [
      { afterMs: 0, action: { do: 'start', player: 0, quiz: 0 } },
      { afterMs: 1, action: { do: 'complete', quiz: 0, xp: 0 } },
    ],
  },
  'a quiz of 1970 is given no lives by ticks from before the job was registered': {
    skewsMs: [0],
    faults: [],
    actions: [
      { afterMs: 0, action: { do: 'start', player: 0, quiz: 0 }, at: 1_795_695_000 },
      { afterMs: 1, action: { do: 'complete', quiz: 0, xp: 0 } },
      { afterMs: 0, action: { do: 'start', player: 0, quiz: 1 } },
      { afterMs: 1, action: { do: 'complete', quiz: 1, xp: 0 } },
    ],
  },
  'a quiz that is recorded after its tick has run gets no life of that tick': {
    skewsMs: [0],
    faults: [],
    actions: [{ afterMs: 604_260_000, action: { do: 'start', player: 0, quiz: 0 }, at: 1_795_695_000 }],
    measuresClocks: true,
  },
  'a tick of the schedule before a deploy runs, although the instance came back after it': {
    skewsMs: [0],
    faults: [],
    actions: [],
    deploys: [
      {
        afterMs: 460_199_999,
        rollMs: 60_000,
        version: { schedules: { 'life-regeneration': { cron: '10 */2 * * *' } } },
      },
    ],
  },
  'a player who is new gets no lives of ticks from before, however high the maximum was then': {
    skewsMs: [0],
    faults: [],
    actions: [{ afterMs: 192_060_000, action: { do: 'start', player: 0, quiz: 0 } }],
    measuresClocks: true,
    deploys: [
      { afterMs: 1_199_999, rollMs: 0, version: { boards: {} } },
      { afterMs: 299_999, rollMs: 0, version: { lives: { maxLives: 10, regenMinutes: 10 } } },
    ],
  },
  'a host that repeats its transaction leaves what others did meanwhile': {
    skewsMs: [0],
    faults: [],
    actions: [
      {
        afterMs: 0,
        action: { do: 'start', player: 0, quiz: 0 },
        transaction: { holdsMs: 120_000, conflicts: 1, rollsBack: false },
      },
      { afterMs: 1, action: { do: 'complete', quiz: 0, xp: 1 } },
    ],
  },
  // The undisturbed history took it that whoever asks first acts first.
  'a quiz that a host ends in its transaction before the start, which still waits for the store, is not known':
    {
      skewsMs: [0],
      faults: [],
      actions: [
        { afterMs: 0, action: { do: 'start', player: 0, quiz: 0 } },
        {
          afterMs: 1,
          action: { do: 'complete', quiz: 0, xp: 0 },
          transaction: { holdsMs: 120_000, conflicts: 0, rollsBack: false },
        },
        { afterMs: 60_000, action: { do: 'start', player: 0, quiz: 16 } },
        {
          afterMs: 60_001,
          action: { do: 'complete', quiz: 16, xp: 0 },
          transaction: { holdsMs: 0, conflicts: 0, rollsBack: false },
        },
      ],
    },
  // The instance came back in the very millisecond of a tick. Whether its rules are in force for that is a race.
  'an instance of an older version that comes back at a tick has its rules in force after it': {
    skewsMs: [0, 0, 0],
    faults: [{ instance: 2, at: { afterMs: 367_200_000 }, what: { kind: 'crash', downMs: 7_200_000 } }],
    actions: [{ afterMs: 337_860_000, action: { do: 'start', player: 0, quiz: 0 } }],
    measuresClocks: true,
    deploys: [
      { afterMs: 184_199_000, rollMs: 300_000, version: { lives: { maxLives: 1, regenMinutes: 60 } } },
      {
        afterMs: 341_399_999,
        rollMs: 28_800_000,
        version: { schedules: { 'life-regeneration': { cron: '10 */2 * * *' } } },
      },
    ],
  },
  'a host that repeats its transaction and undoes it at last leaves nothing': {
    skewsMs: [0],
    faults: [],
    actions: [
      {
        afterMs: 0,
        action: { do: 'start', player: 0, quiz: 0 },
        transaction: { holdsMs: 0, conflicts: 1, rollsBack: true },
      },
    ],
  },
  // Reading the failed items of the first attempt was not repeated after an error, which ended the run for good.
  'a run that is taken over goes on although its failed items cannot be read at first': {
    skewsMs: [0],
    faults: [
      {
        instance: 0,
        at: { call: 'transactions.run', nth: 2, side: 'after' },
        what: { kind: 'unavailable' },
      },
      { instance: 0, at: { call: 'any', nth: 1885, side: 'before' }, what: { kind: 'error' } },
      {
        instance: 0,
        at: { call: 'any', nth: 1830, side: 'before' },
        what: { kind: 'restart', downMs: 1_000 },
      },
      {
        instance: 0,
        at: { call: 'events.handle', nth: 1, side: 'before' },
        what: { kind: 'pause', forMs: 1_000 },
      },
    ],
    actions: [
      ...[0, 0, 2_460_000, 6_060_000, 13_260_000, 0].map((afterMs, quiz) => ({
        afterMs,
        action: { do: 'start', player: 0, quiz } as const,
      })),
      { afterMs: 1, action: { do: 'complete', quiz: 5, xp: 0 } },
      { afterMs: 9_660_000, action: { do: 'start', player: 0, quiz: 6 } },
    ],
    measuresClocks: true,
  },
  // The cache went away while the last instance still waited for the leases to expire.
  'a cache that goes away at the very end is there when the boards are compared': {
    skewsMs: [0],
    faults: [{ instance: 0, at: { afterMs: 604_800_001 }, what: { kind: 'cache-away', forMs: 54_000_000 } }],
    actions: [
      { afterMs: 0, action: { do: 'start', player: 0, quiz: 0 } },
      { afterMs: 1, action: { do: 'complete', quiz: 0, xp: 5 } },
    ],
  },
  'a recalculation that finds no cache goes on when the cache is back': {
    skewsMs: [0],
    faults: [{ instance: 0, at: { afterMs: 500_815_002 }, what: { kind: 'cache-away', forMs: 54_000_000 } }],
    actions: [],
  },
};

const scenario = gameScenario({ schedules: new CronerScheduleParser() });

describe('histories that went wrong once', () => {
  it.each(Object.entries(histories))('%s', async (_, plan) => {
    expect(await simulate(scenario, plan)).toMatchObject({ violations: [] });
  });
});
