import { instant, type Clock, type JobDefinition, type Instant } from '@gamekeeper/core';
import { type LeaderboardCache, type PeriodRepository, type ScheduleParser } from '@gamekeeper/core/ports';
import {
  addStoredPeriodEnds,
  leaderboardRecalculation,
  leaderboardReset,
  resetJobName,
  lifeRegeneration,
  sessionCleanup,
  streakUpdate,
} from '@gamekeeper/core/game';
import { memoryStore, type MemoryStore } from '../memory/memory-adapters.ts';
import { AwardsWitness, witnessedAwards } from './awards-witness.ts';
import {
  awardsCountWhereEarned,
  boardsAreWhole,
  endedPeriodsAreClosed,
  sealedStandingsStay,
} from './game-invariants.ts';
import { gameActions, gamePlayers, type GameAction } from './game-players.ts';
import { GameRecord } from './game-record.ts';
import { failedLines, gameState } from './game-state.ts';
import { gameVersions, rulesOf, scheduleIn, type GameVersion } from './game-version.ts';
import { KnownSchedules } from './known-schedules.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { SimulatedCache } from './simulated-cache.ts';
import { spoilt } from './spoilt.ts';
import { MemoryTallies, tally } from './tally.ts';

/** A store in memory with all that the game's scenario works on. The engine's ports, outbox and cache may be doubles. */
export type GameStore = Omit<
  MemoryStore,
  'ledger' | 'jobRegistry' | 'storeTime' | 'outbox' | 'leaderboardCache'
> &
  SimulatedStore & {
    readonly leaderboardCache: LeaderboardCache;
    /** What {@link tally}, the job that no rule protects, counts. */
    readonly tallies: MemoryTallies;
    /** What {@link spoilt}, the job with an item that cannot be done, has done. */
    readonly chores: MemoryTallies;
    /** Every award that was committed, beside what boards make of it. */
    readonly witness: AwardsWitness;
  };

/** An empty {@link GameStore} whose leases are measured by the clock. */
export function gameStore(clock: Clock): GameStore {
  const store = memoryStore(clock);
  const cache = new SimulatedCache(clock);
  const witness = new AwardsWitness(store.transactions);
  return {
    ...store,
    awards: witnessedAwards(store.awards, witness),
    leaderboardCache: cache,
    cacheFaults: cache,
    witness,
    furtherTicks: () => endsOf(store.periods),
    tallies: new MemoryTallies(store.transactions),
    chores: new MemoryTallies(store.transactions),
  };
}

/** What {@link gameScenario} gives: the reference works on the same store, so that others can build on it. */
export type GameScenario = Omit<Scenario<GameStore, GameAction, GameVersion>, 'openReference'>;

/**
 * The game itself: its jobs at their own schedules on a store in memory, up to three instances, four players, and two
 * more jobs that rely on the engine alone: `tally`, and `spoilt`, with an item at every tick that cannot be done. By default it plays from a Thursday at 12:10 UTC for a week, in
 * which a week and a month end.
 *
 * @param options.schedules what reads cron expressions: `new CronerSchedules()`
 * @example
 * const game = gameScenario({ schedules: new CronerSchedules() });
 * const jobs: typeof game.jobs = (ports, ...host) => [...game.jobs(ports, ...host), dailyDigest(ports)];
 * const withMine = { ...game, jobs };
 */
export function gameScenario({
  schedules,
  days = 7,
}: {
  readonly schedules: ScheduleParser;
  readonly days?: number;
}): GameScenario {
  const from = instant('2026-11-26T12:10:00Z');
  const known = new KnownSchedules(schedules, { from, days });
  const boards = rulesOf(null).boards;
  // By each of a host's jobs: others may be put beside them.
  const records = new WeakMap<JobDefinition, GameRecord>();
  const recordOf = (made: readonly JobDefinition[]): GameRecord | undefined =>
    made.map((job) => records.get(job)).find((record) => record !== undefined);
  return {
    schedules: known,
    from,
    days,
    maxInstances: 3,
    leaseMs: 15_000,
    openStore: gameStore,
    jobs: (ports, _clock, version) => {
      const record = new GameRecord(version, known);
      const jobs = gameJobs(ports, version, record);
      for (const job of jobs) records.set(job, record);
      return jobs;
    },
    open: async (ports, { made, jobs, clock, version }) => {
      for (const board of rulesOf(version).boards) {
        const reset = jobs.find(({ job }) => job.name === resetJobName(board));
        if (reset) await addStoredPeriodEnds(ports.periodResets, board, reset.schedule);
      }
      const record = recordOf(made);
      await record?.record(ports, clock.now());
      await record?.look(ports);
    },
    refresh: async (ports, made, tx) => recordOf(made)?.look(ports, tx),
    handRecords: async (original, reference) => {
      for (const { name, since, rules } of await original.ruleHistory.changes())
        await reference.ruleHistory.record({ [name]: rules }, since);
    },
    // Periods are stored as the first one opens them.
    orderMatters: ({ boards: changed }) => changed !== undefined,
    versions: gameVersions(),
    actions: gameActions(days),
    players: (store, clock, { version, appliesDueTicks }) => {
      const record = new GameRecord(version, known);
      return gamePlayers(store, { clock, rules: rulesOf(version), record, appliesDueTicks });
    },
    playersTakeOptions: true,
    state: async (store, clock) => ({
      ...(await gameState(store, { boards, clock })),
      tallies: await store.tallies.list(),
      chores: await store.chores.list(),
      'items that failed': await failedLines(store.failedItems),
    }),
    invariants: [
      sealedStandingsStay(boards),
      awardsCountWhereEarned(boards),
      boardsAreWhole(boards),
      endedPeriodsAreClosed(boards),
    ],
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

function gameJobs(
  ports: GameStore,
  version: GameVersion | null,
  record: GameRecord,
): readonly JobDefinition[] {
  const { periods, periodResets, rankings, outbox, leaderboardCache: cache } = ports;
  const rules = rulesOf(version);
  const resets = rules.boards.map((board) =>
    leaderboardReset(board, { periods, periodResets, rankings, cache, outbox, rules: rules.leaderboards }),
  );
  const jobs = [
    lifeRegeneration({ lives: ports.lives, rules: record.lives }),
    streakUpdate({
      streaks: ports.streaks,
      rules: record.streaks,
      timeZone: (tick) => record.streakZone(tick),
    }),
    sessionCleanup({ sessions: ports.sessions }),
    ...resets.filter((job) => job !== null),
    // Less often than by default: it costs most of all, and each time does the same.
    {
      ...leaderboardRecalculation({ boards: rules.boards, periods, rankings, cache }),
      schedule: { cron: '0 */6 * * *' },
    },
    tally(ports),
    spoilt(ports),
  ];
  return jobs.map((job) => ({ ...job, schedule: scheduleIn(version, job.name, job.schedule) }));
}

/** When stored periods end: resets run then, too. */
async function endsOf(periods: PeriodRepository): Promise<readonly Instant[]> {
  const ends: Instant[] = [];
  for (const board of rulesOf(null).boards) {
    for (const { endsAt } of await periods.list(board, { limit: 1_000 }))
      if (endsAt !== null) ends.push(endsAt);
  }
  return ends;
}
