import { instant, type Clock, type JobDefinition, type Instant } from '@gamekeeper/core';
import {
  type LeaderboardCache,
  type PeriodRepository,
  type ScheduleParser,
  type ShardLedger,
} from '@gamekeeper/core/ports';
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
import { streaksAreLogged } from './logged-streaks.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { SimulatedCache } from './simulated-cache.ts';
import { spoilt } from './spoilt.ts';
import { MemoryTallies, tally } from './tally.ts';

/**
 * A store in memory with everything that the game's scenario uses. The engine's ports, outbox and cache may be test
 * doubles.
 */
export type GameStore = Omit<
  MemoryStore,
  'ledger' | 'shardLedger' | 'jobRegistry' | 'storeTime' | 'outbox' | 'leaderboardCache'
> &
  SimulatedStore & {
    readonly leaderboardCache: LeaderboardCache;
    readonly shardLedger: ShardLedger;
    /** The counts of {@link tally}, a job that no rule protects. */
    readonly tallies: MemoryTallies;
    /** What {@link spoilt} has done, a job with an item that always fails. */
    readonly chores: MemoryTallies;
    /** Every committed award, recorded independently of boards. */
    readonly witness: AwardsWitness;
  };

/** Returns an empty {@link GameStore} that uses the clock for its leases. */
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

/**
 * The type of {@link gameScenario}: its reference uses the same kind of store, so that other scenarios can extend it.
 */
export type GameScenario = Omit<Scenario<GameStore, GameAction, GameVersion>, 'openReference'>;

/**
 * Returns the scenario of the game itself: its jobs at their own schedules on a store in memory, up to three
 * instances, four players, and two more jobs that rely on the engine alone: `tally`, and `spoilt`, with an item at
 * every tick that always fails. Default: it runs from a Thursday at 12:10 UTC for a week in which a week and a month
 * end.
 *
 * @param options.schedules parses cron expressions: `new CronerScheduleParser()`
 * @example
 * const game = gameScenario({ schedules: new CronerScheduleParser() });
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
  // By each of a host's jobs: other jobs may be added to them.
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
    // Periods are stored as the first caller opens them.
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
      streaksAreLogged,
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
    // Less often than by default: it is the most expensive job, and does the same each time.
    {
      ...leaderboardRecalculation({ boards: rules.boards, periods, rankings, cache }),
      schedule: { cron: '0 */6 * * *' },
    },
    tally(ports),
    spoilt(ports),
  ];
  return jobs.map((job) => ({ ...job, schedule: scheduleIn(version, job.name, job.schedule) }));
}

/** Returns when stored periods end: resets run at those instants too. */
async function endsOf(periods: PeriodRepository): Promise<readonly Instant[]> {
  const ends: Instant[] = [];
  for (const board of rulesOf(null).boards) {
    for (const { endsAt } of await periods.list(board, { limit: 1_000 }))
      if (endsAt !== null) ends.push(endsAt);
  }
  return ends;
}
