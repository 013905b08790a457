import { instant, type Instant } from '@gamekeeper/core';
import {
  actionLogContract,
  alertLogContract,
  failedItemsContract,
  jobRegistryContract,
  runLedgerContract,
  runOverviewContract,
  shardLedgerContract,
  storeTimeContract,
  verdictLogContract,
  leaderboardCacheContract,
  livesRepositoryContract,
  outboxContract,
  outboxPartitionsContract,
  playerImportContract,
  playerLogContract,
  playerRecordsContract,
  playerRepositoryContract,
  awardRepositoryContract,
  quizStoreContract,
  periodRepositoryContract,
  periodResetsContract,
  rankingRepositoryContract,
  standingsArchiveContract,
  ruleHistoryContract,
  sessionRepositoryContract,
  pendingCacheUpdatesContract,
  skewedInstancesContract,
  streakRepositoryContract,
  transactionsContract,
  type ContractCase,
  type ContractOptions,
} from '@gamekeeper/testkit';
import type { AwardRepository, QuizStore } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import {
  PostgresActionLog,
  PostgresAlertLog,
  PostgresDatabase,
  PostgresFailedItems,
  PostgresJobRegistry,
  PostgresRunLedger,
  PostgresRunOverview,
  PostgresShardLedger,
  PostgresStoreTime,
  PostgresVerdictLog,
  PostgresLeaderboardCache,
  PostgresLivesRepository,
  PostgresOutbox,
  PostgresOutboxPartitions,
  PostgresPlayerImport,
  PostgresPlayerLog,
  PostgresPlayerRecords,
  PostgresPlayerRepository,
  PostgresQuizStore,
  PostgresAwardRepository,
  PostgresPendingCacheUpdates,
  PostgresPeriodRepository,
  PostgresPeriodResets,
  PostgresRankingRepository,
  PostgresStandingsArchive,
  PostgresRuleHistory,
  PostgresSessionRepository,
  PostgresSkewedInstances,
  PostgresStreakRepository,
  pinDatabaseClock,
  type PostgresOptions,
} from '../src/index.ts';

/** A database for one test file, emptied for each case. */
export class PostgresHarness {
  readonly database: PostgresDatabase;
  /** Through which the clock is pinned: the database itself, unless its role may not. */
  readonly clock: PostgresDatabase;
  #now: Instant = instant('2026-11-24T00:00:00Z');

  constructor(options: PostgresOptions, { clockOf }: { readonly clockOf?: PostgresDatabase } = {}) {
    this.database = new PostgresDatabase({ ...options, pinnableClock: true });
    this.clock = clockOf ?? this.database;
  }

  /** A store with nothing in it, on the database's clock pinned. */
  async empty() {
    const { database } = this;
    const {
      pinnedClock: _pinnedClock,
      now: _now,
      columns: _columns,
      keepsPlayerLog: _keepsPlayerLog,
      outboxEvents: _view,
      ...named
    } = database.tables;
    const tables = Object.entries(named)
      .filter(([name]) => !name.endsWith('Name'))
      .map(([, table]) => table as RawBuilder<unknown>);
    // Quicker than TRUNCATE for the few rows of a case.
    const emptied = tables.map(
      (table, index) => sql`${sql.ref(`emptied_${index}`)} as (delete from ${table})`,
    );
    await database.within(undefined, (db) => sql`with ${sql.join(emptied)} select`.execute(db));
    await pinDatabaseClock(this.clock, this.#now);
    const outbox = new PostgresOutbox(database);
    const quizPorts = {
      players: new PostgresPlayerRepository(database),
      lives: new PostgresLivesRepository(database, outbox),
      streaks: new PostgresStreakRepository(database, outbox),
      sessions: new PostgresSessionRepository(database, outbox),
      awards: new PostgresAwardRepository(database),
    };
    return {
      transactions: database,
      outbox,
      outboxPartitions: new PostgresOutboxPartitions(database),
      ...quizPorts,
      quizzes: new PostgresQuizStore(database, quizPorts),
      periods: new PostgresPeriodRepository(database),
      rankings: new PostgresRankingRepository(database),
      periodResets: new PostgresPeriodResets(database),
      archive: new PostgresStandingsArchive(database),
      pendingCacheUpdates: new PostgresPendingCacheUpdates(database),
      playerImport: new PostgresPlayerImport(database),
      playerRecords: new PostgresPlayerRecords(database),
      playerLog: new PostgresPlayerLog(database),
      cache: new PostgresLeaderboardCache(database),
      ledger: new PostgresRunLedger(database),
      runOverview: new PostgresRunOverview(database),
      actionLog: new PostgresActionLog(database),
      shardLedger: new PostgresShardLedger(database),
      jobRegistry: new PostgresJobRegistry(database),
      verdictLog: new PostgresVerdictLog(database),
      storeTime: new PostgresStoreTime(database),
      ruleHistory: new PostgresRuleHistory(database),
      alertLog: new PostgresAlertLog(database),
      skewedInstances: new PostgresSkewedInstances(database),
      now: () => this.#now,
      failedItems: new PostgresFailedItems(database),
      passTime: async (ms: number): Promise<void> => {
        this.#now = instant(this.#now + ms);
        await pinDatabaseClock(this.clock, this.#now);
      },
    };
  }
}

/** Every contract that a PostgreSQL store has to keep, by the adapter that keeps it. */
export function contractsOf(
  harness: PostgresHarness,
  options: Pick<ContractOptions<unknown>, 'supports' | 'examples'>,
): Readonly<Record<string, readonly ContractCase[]>> {
  const all = { ...options, create: () => harness.empty() };
  return {
    PostgresDatabase: transactionsContract(all),
    PostgresLivesRepository: livesRepositoryContract(all),
    PostgresStreakRepository: streakRepositoryContract(all),
    PostgresPlayerRepository: playerRepositoryContract(all),
    PostgresPlayerImport: playerImportContract(all),
    PostgresPlayerRecords: playerRecordsContract(all),
    PostgresPlayerLog: playerLogContract(all),
    PostgresSessionRepository: sessionRepositoryContract(all),
    PostgresQuizStore: quizStoreContract(all),
    PostgresAwardRepository: awardRepositoryContract(all),
    PostgresPeriodRepository: periodRepositoryContract(all),
    PostgresRankingRepository: rankingRepositoryContract(all),
    PostgresPeriodResets: periodResetsContract(all),
    PostgresStandingsArchive: standingsArchiveContract(all),
    PostgresLeaderboardCache: leaderboardCacheContract(all),
    PostgresPendingCacheUpdates: pendingCacheUpdatesContract(all),
    PostgresAlertLog: alertLogContract(all),
    PostgresSkewedInstances: skewedInstancesContract(all),
    PostgresOutbox: outboxContract(all),
    PostgresOutboxPartitions: outboxPartitionsContract(all),
    PostgresRunLedger: runLedgerContract(all),
    PostgresRunOverview: runOverviewContract(all),
    PostgresActionLog: actionLogContract(all),
    PostgresShardLedger: shardLedgerContract(all),
    PostgresJobRegistry: jobRegistryContract(all),
    PostgresVerdictLog: verdictLogContract(all),
    PostgresStoreTime: storeTimeContract(all),
    PostgresRuleHistory: ruleHistoryContract(all),
    PostgresFailedItems: failedItemsContract(all),
  };
}

/** The contracts of players' calls, kept under locks, as in a transaction of the host's. */
export function lockingContractsOf(
  harness: PostgresHarness,
  options: Pick<ContractOptions<unknown>, 'supports' | 'examples'>,
): Readonly<Record<string, readonly ContractCase[]>> {
  const all = { ...options, create: async () => inTransactions(await harness.empty()) };
  return {
    'PostgresQuizStore in transactions': quizStoreContract(all),
    'PostgresAwardRepository in transactions': awardRepositoryContract(all),
  };
}

/** A schema that no other test uses. */
export function testSchema(): string {
  return `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
}

/** The same store, with quizzes and awards written under locks, as in a host's transaction. */
function inTransactions<Store extends { readonly quizzes: QuizStore; readonly awards: AwardRepository }>(
  store: Store,
): Store {
  const { quizzes, awards } = store;
  return {
    ...store,
    quizzes: {
      start: (...quiz: Parameters<QuizStore['start']>) => quizzes.start(...quiz),
      complete: (...quiz: Parameters<QuizStore['complete']>) => quizzes.complete(...quiz),
    },
    awards: {
      record: (...award: Parameters<AwardRepository['record']>) => awards.record(...award),
      xpOf: (...player: Parameters<AwardRepository['xpOf']>) => awards.xpOf(...player),
      listOf: (...page: Parameters<AwardRepository['listOf']>) => awards.listOf(...page),
    },
  };
}
