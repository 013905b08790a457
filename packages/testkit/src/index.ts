export { definitionsOf, points, scoresSince, tieOrders } from './arbitraries/boards.ts';
export { crowds, livesAround, rulesOfLives, rulesOfLivesBy, userIds } from './arbitraries/players.ts';
export { sessionCrowds, sessionIds, sessionsAround } from './arbitraries/sessions.ts';
export { playerHistories } from './arbitraries/player-histories.ts';
export { usernames } from './arbitraries/names.ts';
export { rulesOfStreaks, streakCrowds, streakTicks, streaksAround } from './arbitraries/streaks.ts';
export { instants, instantsNear, zones } from './arbitraries/time.ts';
export type { CacheHarness } from './contracts/leaderboards/cache-harness.ts';
export {
  runContract,
  type Capabilities,
  type ContractCase,
  type ContractOptions,
  type TestRunner,
} from './contracts/contract.ts';
export { courierContract } from './contracts/jobs/courier-contract.ts';
export type { CourierHarness, OpenedCourier } from './contracts/jobs/courier-harness.ts';
export { MemoryPost, PostCourier, type PostFaults } from './couriers/memory-post.ts';
export { eventBusContract, type EventBusHarness } from './contracts/events/event-bus-contract.ts';
export { failedItemsContract, type FailedItemsHarness } from './contracts/jobs/failed-items-contract.ts';
export { firstDeliveries } from './contracts/events/first-deliveries.ts';
export { hourlyJobs } from './contracts/jobs/hourly-jobs.ts';
export { jobRegistryContract } from './contracts/jobs/job-registry-contract.ts';
export type { JobsHarness } from './contracts/jobs/jobs-harness.ts';
export type { ShardsHarness } from './contracts/jobs/shards-harness.ts';
export { actionLogContract, type ActionLogHarness } from './contracts/operators/action-log-contract.ts';
export { runOverviewContract, type OverviewHarness } from './contracts/jobs/run-overview-contract.ts';
export { runLedgerContract } from './contracts/jobs/run-ledger-contract.ts';
export { shardLedgerContract } from './contracts/jobs/shard-ledger-contract.ts';
export { schedulerContract, type SchedulerHarness } from './contracts/jobs/scheduler-contract.ts';
export { scheduleParserContract } from './contracts/time/schedule-parser-contract.ts';
export type { ScheduleParserHarness } from './contracts/time/schedule-parser-harness.ts';
export { storeTimeContract } from './contracts/jobs/store-time-contract.ts';
export { verdictLogContract } from './contracts/health/verdict-log-contract.ts';
export { leaderboardCacheContract } from './contracts/leaderboards/leaderboard-cache-contract.ts';
export type { LivesHarness } from './contracts/lives/lives-harness.ts';
export { livesRepositoryContract } from './contracts/lives/lives-repository-contract.ts';
export { lateJobAlert } from './contracts/health/late-job-alert.ts';
export { alertChannelContract, type AlertChannelHarness } from './contracts/health/alert-channel-contract.ts';
export { alertLogContract, type AlertLogHarness } from './contracts/health/alert-log-contract.ts';
export { outboxPartitionsContract } from './contracts/events/outbox-partitions-contract.ts';
export type { OutboxPartitionsHarness } from './contracts/events/outbox-partitions-harness.ts';
export { outboxContract, type OutboxHarness } from './contracts/events/outbox-contract.ts';
export {
  playerRepositoryContract,
  type PlayersHarness,
} from './contracts/players/player-repository-contract.ts';
export { quizStoreContract } from './contracts/gameplay/quiz-store-contract.ts';
export { awardRepositoryContract } from './contracts/leaderboards/award-repository-contract.ts';
export {
  playerImportContract,
  type PlayerImportHarness,
} from './contracts/players/player-import-contract.ts';
export { playerLogContract, type PlayerLogHarness } from './contracts/players/player-log-contract.ts';
export {
  playerRecordsContract,
  type PlayerRecordsHarness,
} from './contracts/players/player-records-contract.ts';
export { periodRepositoryContract } from './contracts/leaderboards/period-repository-contract.ts';
export { periodResetsContract } from './contracts/leaderboards/period-resets-contract.ts';
export { rankingRepositoryContract } from './contracts/leaderboards/ranking-repository-contract.ts';
export { standingsArchiveContract } from './contracts/leaderboards/standings-archive-contract.ts';
export { ruleHistoryContract, type RuleHistoryHarness } from './contracts/rules/rule-history-contract.ts';
export type { RankingsHarness } from './contracts/leaderboards/rankings-harness.ts';
export {
  pendingCacheUpdatesContract,
  type PendingCacheUpdatesHarness,
} from './contracts/leaderboards/pending-cache-updates-contract.ts';
export {
  skewedInstancesContract,
  type SkewedInstancesHarness,
} from './contracts/health/skewed-instances-contract.ts';
export { sessionRepositoryContract } from './contracts/sessions/session-repository-contract.ts';
export type { SessionsHarness } from './contracts/sessions/sessions-harness.ts';
export { streakRepositoryContract } from './contracts/streaks/streak-repository-contract.ts';
export type { StreaksHarness } from './contracts/streaks/streaks-harness.ts';
export {
  transactionsContract,
  type TransactionsHarness,
} from './contracts/transactions/transactions-contract.ts';
export { memoryAdapters, memoryStore, type MemoryStore } from './memory/memory-adapters.ts';
export { MemoryFailedItems } from './memory/jobs/memory-failed-items.ts';
export {
  MemoryDatabase,
  MemoryTable,
  type MemoryTransaction,
} from './memory/transactions/memory-database.ts';
export { memoryJobPorts, type MemoryJobPorts } from './memory/jobs/memory-job-ports.ts';
export { MemoryJobRegistry } from './memory/jobs/memory-job-registry.ts';
export { MemoryJobTables } from './memory/jobs/memory-job-tables.ts';
export { MemoryRunLedger } from './memory/jobs/memory-run-ledger.ts';
export { MemoryRunOverview } from './memory/jobs/memory-run-overview.ts';
export { MemoryShardLedger } from './memory/jobs/memory-shard-ledger.ts';
export { MemoryStoreTime } from './memory/jobs/memory-store-time.ts';
export { MemoryVerdictLog } from './memory/health/memory-verdict-log.ts';
export { MemoryLivesRepository } from './memory/lives/memory-lives-repository.ts';
export { MemoryActionLog } from './memory/operators/memory-action-log.ts';
export { MemoryAlertLog } from './memory/health/memory-alert-log.ts';
export { MemoryRuleHistory } from './memory/rules/memory-rule-history.ts';
export { MemorySkewedInstances } from './memory/health/memory-skewed-instances.ts';
export { MemoryOutboxPartitions } from './memory/events/memory-outbox-partitions.ts';
export { MemoryOutbox } from './memory/events/memory-outbox.ts';
export {
  SimulationError,
  checkSimulation,
  historyInWords,
  searchHistories,
  simulationProperty,
  type SearchOptions,
  type SimulationSearch,
} from './simulation/check-simulation.ts';
export { allDimensions, dimension, type Dimension } from './simulation/dimensions.ts';
export type { GameAction } from './simulation/game-players.ts';
export type { GameVersion } from './simulation/game-version.ts';
export { gameScenario, gameStore, type GameScenario, type GameStore } from './simulation/game-scenario.ts';
export { AwardsWitness, type WitnessedAward } from './simulation/awards-witness.ts';
export type {
  Deploy,
  Fault,
  HostTransaction,
  Moment,
  PlannedAction,
  PlannedCourier,
  SimulationPlan,
  Trouble,
} from './simulation/plan.ts';
export { simulationPlans, type PlanOptions } from './simulation/plans.ts';
export type {
  ActionOptions,
  Invariant,
  Players,
  Scenario,
  Setting,
  SimulatedStore,
  StateLines,
} from './simulation/scenario.ts';
export { SimulatedCache, type CacheFaults } from './simulation/simulated-cache.ts';
export { BrokenScenarioError } from './simulation/reference-runs.ts';
export { simulate, type History } from './simulation/simulate.ts';
export { MemoryTallies, tally } from './simulation/tally.ts';
export { IntervalSchedule } from './time/interval-schedule.ts';
export { VirtualClock } from './time/virtual-clock.ts';
