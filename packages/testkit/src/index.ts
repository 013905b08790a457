export { definitionsOf, points, scoresSince, tieOrders } from './arbitraries/boards.ts';
export { crowds, livesAround, rulesOfLives, rulesOfLivesBy, userIds } from './arbitraries/players.ts';
export { sessionCrowds, sessionIds, sessionsAround } from './arbitraries/sessions.ts';
export { usernames } from './arbitraries/names.ts';
export { rulesOfStreaks, streakCrowds, streakTicks, streaksAround } from './arbitraries/streaks.ts';
export { instants, instantsNear, zones } from './arbitraries/time.ts';
export type { CacheHarness } from './contracts/cache-harness.ts';
export type { Capabilities, ContractCase, ContractOptions } from './contracts/contract.ts';
export { eventBusContract, type EventBusHarness } from './contracts/event-bus-contract.ts';
export { failedItemsContract, type FailedItemsHarness } from './contracts/failed-items-contract.ts';
export { firstTold } from './contracts/first-told.ts';
export { hourlyJobs } from './contracts/hourly-jobs.ts';
export { jobRegistryContract } from './contracts/job-registry-contract.ts';
export type { JobsHarness } from './contracts/jobs-harness.ts';
export { runLedgerContract } from './contracts/run-ledger-contract.ts';
export { storeTimeContract } from './contracts/store-time-contract.ts';
export { verdictLogContract } from './contracts/verdict-log-contract.ts';
export { leaderboardCacheContract } from './contracts/leaderboard-cache-contract.ts';
export type { LivesHarness } from './contracts/lives-harness.ts';
export { livesRepositoryContract } from './contracts/lives-repository-contract.ts';
export { alertChannelContract, type AlertChannelHarness } from './contracts/alert-channel-contract.ts';
export { alertLogContract, type AlertLogHarness } from './contracts/alert-log-contract.ts';
export { outboxPartitionsContract } from './contracts/outbox-partitions-contract.ts';
export type { OutboxPartitionsHarness } from './contracts/outbox-partitions-harness.ts';
export { outboxContract, type OutboxHarness } from './contracts/outbox-contract.ts';
export { playerRepositoryContract, type PlayersHarness } from './contracts/player-repository-contract.ts';
export { awardRepositoryContract } from './contracts/award-repository-contract.ts';
export { periodRepositoryContract } from './contracts/period-repository-contract.ts';
export { periodResetsContract } from './contracts/period-resets-contract.ts';
export { rankingRepositoryContract } from './contracts/ranking-repository-contract.ts';
export { standingsArchiveContract } from './contracts/standings-archive-contract.ts';
export { ruleHistoryContract, type RuleHistoryHarness } from './contracts/rule-history-contract.ts';
export type { RankingsHarness } from './contracts/rankings-harness.ts';
export {
  skewedInstancesContract,
  type SkewedInstancesHarness,
} from './contracts/skewed-instances-contract.ts';
export { sessionRepositoryContract } from './contracts/session-repository-contract.ts';
export type { SessionsHarness } from './contracts/sessions-harness.ts';
export { streakRepositoryContract } from './contracts/streak-repository-contract.ts';
export type { StreaksHarness } from './contracts/streaks-harness.ts';
export { transactionsContract, type TransactionsHarness } from './contracts/transactions-contract.ts';
export { memoryAdapters, memoryStore, type MemoryStore } from './memory/memory-adapters.ts';
export { MemoryFailedItems } from './memory/memory-failed-items.ts';
export { MemoryDatabase, MemoryTable, type MemoryTransaction } from './memory/memory-database.ts';
export { memoryJobPorts, type MemoryJobPorts } from './memory/memory-job-ports.ts';
export { MemoryJobRegistry } from './memory/memory-job-registry.ts';
export { MemoryJobTables } from './memory/memory-job-tables.ts';
export { MemoryRunLedger } from './memory/memory-run-ledger.ts';
export { MemoryStoreTime } from './memory/memory-store-time.ts';
export { MemoryVerdictLog } from './memory/memory-verdict-log.ts';
export { MemoryLivesRepository } from './memory/memory-lives-repository.ts';
export { MemoryAlertLog } from './memory/memory-alert-log.ts';
export { MemoryRuleHistory } from './memory/memory-rule-history.ts';
export { MemorySkewedInstances } from './memory/memory-skewed-instances.ts';
export { MemoryOutboxPartitions } from './memory/memory-outbox-partitions.ts';
export { MemoryOutbox } from './memory/memory-outbox.ts';
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
export { BrokenScenarioError } from './simulation/reference.ts';
export { simulate, type History } from './simulation/simulate.ts';
export { MemoryTallies, tally } from './simulation/tally.ts';
export { IntervalSchedule } from './time/interval-schedule.ts';
export { VirtualClock } from './time/virtual-clock.ts';
