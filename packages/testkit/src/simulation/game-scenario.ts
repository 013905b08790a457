import {
  defaultLeaderboardRules,
  defaultLivesRules,
  defaultSessionRules,
  defaultStreakRules,
  defineBoards,
  instant,
  leaderboardRecalculation,
  leaderboardReset,
  lifeRegeneration,
  sessionCleanup,
  streakUpdate,
  type Clock,
  type JobDefinition,
  type Schedules,
} from '@gamekeeper/core';
import { memoryStore, type MemoryStore } from '../memory/memory-adapters.ts';
import { sealedStandingsStay, xpCountsOnce } from './game-invariants.ts';
import { gameActions, gamePlayers, type GameAction, type GameRules } from './game-players.ts';
import { failedLines, gameState } from './game-state.ts';
import { KnownSchedules } from './known-schedules.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { spoilt } from './spoilt.ts';
import { MemoryTallies, tally } from './tally.ts';

/** A store in memory with all that the game's scenario works on. Ledger and outbox may be doubles. */
export type GameStore = Omit<MemoryStore, 'ledger' | 'outbox'> &
  SimulatedStore & {
    /** What {@link tally}, the job that no rule protects, counts. */
    readonly tallies: MemoryTallies;
    /** What {@link spoilt}, the job with an item that cannot be done, has done. */
    readonly chores: MemoryTallies;
  };

/** An empty {@link GameStore} whose leases are measured by the clock. */
export function gameStore(clock: Clock): GameStore {
  const store = memoryStore(clock);
  return {
    ...store,
    tallies: new MemoryTallies(store.transactions),
    chores: new MemoryTallies(store.transactions),
  };
}

/** What {@link gameScenario} gives: the reference works on the same store, so that others can build on it. */
export type GameScenario = Omit<Scenario<GameStore, GameAction>, 'openReference'>;

/**
 * The game itself: its jobs at their own schedules on a store in memory, up to three instances, four players, and two
 * more jobs that rely on the engine alone: `tally`, and `spoilt`, with an item at every tick that cannot be done. By default it plays from a Thursday at 12:10 UTC for a week, in
 * which a week and a month end.
 *
 * @param options.schedules what reads cron expressions: `new CronerSchedules()`
 * @example
 * const game = gameScenario({ schedules: new CronerSchedules() });
 * const withMine = { ...game, jobs: (ports, clock) => [...game.jobs(ports, clock), dailyDigest(ports)] };
 */
export function gameScenario({
  schedules,
  days = 7,
}: {
  readonly schedules: Schedules;
  readonly days?: number;
}): GameScenario {
  const from = instant('2026-11-26T12:10:00Z');
  const known = new KnownSchedules(schedules, { from, days });
  const boards = defineBoards();
  const rules: GameRules = {
    boards,
    lives: defaultLivesRules,
    streaks: defaultStreakRules,
    sessions: defaultSessionRules,
    leaderboards: defaultLeaderboardRules,
  };
  return {
    schedules: known,
    from,
    days,
    maxInstances: 3,
    leaseMs: 15_000,
    openStore: gameStore,
    jobs: (ports) => gameJobs(ports, rules),
    actions: gameActions(days),
    players: (store, clock) => gamePlayers(store, { clock, schedules: known, rules }),
    state: async (store, clock) => ({
      ...(await gameState(store, { boards, clock })),
      tallies: await store.tallies.list(),
      chores: await store.chores.list(),
      'items that failed': await failedLines(store.failedItems),
    }),
    invariants: [sealedStandingsStay(boards), xpCountsOnce(boards)],
    aimAt: [
      'lives.regenerateDue',
      'sessions.expireDue',
      'tallies.add',
      'failedItems.record',
      'rankings.seal',
      'rankings.archive',
    ],
  };
}

function gameJobs(ports: GameStore, rules: GameRules): readonly JobDefinition[] {
  const { rankings, outbox, leaderboardCache: cache } = ports;
  const resets = rules.boards.map((board) =>
    leaderboardReset(board, { rankings, cache, outbox, rules: rules.leaderboards }),
  );
  return [
    lifeRegeneration({ lives: ports.lives, rules: rules.lives }),
    streakUpdate({ streaks: ports.streaks, rules: rules.streaks, zone: 'UTC' }),
    sessionCleanup({ sessions: ports.sessions }),
    ...resets.filter((job) => job !== null),
    // Less often than by default: it costs most of all, and each time does the same.
    {
      ...leaderboardRecalculation({ boards: rules.boards, rankings, cache }),
      schedule: { cron: '0 */6 * * *' },
    },
    tally(ports),
    spoilt(ports),
  ];
}
