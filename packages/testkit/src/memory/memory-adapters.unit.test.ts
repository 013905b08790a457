import { describe, it } from 'vitest';
import { alertLogContract } from '../contracts/health/alert-log-contract.ts';
import { runContract } from '../contracts/contract.ts';
import { failedItemsContract } from '../contracts/jobs/failed-items-contract.ts';
import { jobRegistryContract } from '../contracts/jobs/job-registry-contract.ts';
import { storeTimeContract } from '../contracts/jobs/store-time-contract.ts';
import { verdictLogContract } from '../contracts/health/verdict-log-contract.ts';
import { runOverviewContract } from '../contracts/jobs/run-overview-contract.ts';
import { actionLogContract } from '../contracts/operators/action-log-contract.ts';
import { runLedgerContract } from '../contracts/jobs/run-ledger-contract.ts';
import { shardLedgerContract } from '../contracts/jobs/shard-ledger-contract.ts';
import { leaderboardCacheContract } from '../contracts/leaderboards/leaderboard-cache-contract.ts';
import { livesRepositoryContract } from '../contracts/lives/lives-repository-contract.ts';
import { outboxPartitionsContract } from '../contracts/events/outbox-partitions-contract.ts';
import { outboxContract } from '../contracts/events/outbox-contract.ts';
import { playerImportContract } from '../contracts/players/player-import-contract.ts';
import { playerLogContract } from '../contracts/players/player-log-contract.ts';
import { playerRecordsContract } from '../contracts/players/player-records-contract.ts';
import { playerRepositoryContract } from '../contracts/players/player-repository-contract.ts';
import { quizStoreContract } from '../contracts/gameplay/quiz-store-contract.ts';
import { awardRepositoryContract } from '../contracts/leaderboards/award-repository-contract.ts';
import { periodRepositoryContract } from '../contracts/leaderboards/period-repository-contract.ts';
import { periodResetsContract } from '../contracts/leaderboards/period-resets-contract.ts';
import { rankingRepositoryContract } from '../contracts/leaderboards/ranking-repository-contract.ts';
import { standingsArchiveContract } from '../contracts/leaderboards/standings-archive-contract.ts';
import { ruleHistoryContract } from '../contracts/rules/rule-history-contract.ts';
import { sessionRepositoryContract } from '../contracts/sessions/session-repository-contract.ts';
import { pendingCacheUpdatesContract } from '../contracts/leaderboards/pending-cache-updates-contract.ts';
import { skewedInstancesContract } from '../contracts/health/skewed-instances-contract.ts';
import { streakRepositoryContract } from '../contracts/streaks/streak-repository-contract.ts';
import { transactionsContract } from '../contracts/transactions/transactions-contract.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { memoryStore } from './memory-adapters.ts';

const supports = { concurrent: true };

function create() {
  const clock = new VirtualClock('2026-11-24T00:00:00Z');
  return {
    ...memoryStore(clock),
    passTime: async (ms: number) => clock.jumpTo(clock.now() + ms),
    now: () => clock.now(),
  };
}

describe('MemoryDatabase', () => {
  runContract(transactionsContract({ create, supports }), it);
});

describe('MemoryLivesRepository', () => {
  runContract(livesRepositoryContract({ create, supports }), it);
});

describe('MemoryStreakRepository', () => {
  runContract(streakRepositoryContract({ create, supports }), it);
});

describe('MemoryPlayerRepository', () => {
  runContract(playerRepositoryContract({ create, supports }), it);
});

describe('MemoryPlayerImport', () => {
  runContract(playerImportContract({ create, supports }), it);
});

describe('MemoryPlayerLog', () => {
  runContract(playerLogContract({ create, supports }), it);
});

describe('MemoryPlayerRecords', () => {
  runContract(playerRecordsContract({ create, supports }), it);
});

describe('MemorySessionRepository', () => {
  runContract(sessionRepositoryContract({ create, supports }), it);
});

describe('ComposedQuizStore', () => {
  runContract(quizStoreContract({ create, supports }), it);
});

describe('MemoryAwardRepository', () => {
  runContract(awardRepositoryContract({ create, supports }), it);
});

describe('MemoryPeriodRepository', () => {
  runContract(periodRepositoryContract({ create, supports }), it);
});

describe('MemoryPeriodResets', () => {
  runContract(periodResetsContract({ create, supports }), it);
});

describe('MemoryStandingsArchive', () => {
  runContract(standingsArchiveContract({ create, supports }), it);
});

describe('MemoryRankingRepository', () => {
  runContract(rankingRepositoryContract({ create, supports }), it);
});

describe('MemoryLeaderboardCache', () => {
  const withCache = () => {
    const { leaderboardCache: cache, ...store } = create();
    return { ...store, cache };
  };
  const options = { create: withCache, supports: { ...supports, separate: true } };
  runContract(leaderboardCacheContract(options), it);
});

describe('MemoryAlertLog', () => {
  runContract(alertLogContract({ create, supports }), it);
});

describe('MemorySkewedInstances', () => {
  runContract(skewedInstancesContract({ create, supports }), it);
  runContract(pendingCacheUpdatesContract({ create, supports }), it);
});

describe('MemoryOutbox', () => {
  runContract(outboxContract({ create, supports }), it);
});

describe('MemoryOutboxPartitions', () => {
  runContract(outboxPartitionsContract({ create, supports }), it);
});

describe('MemoryJobRegistry', () => {
  runContract(jobRegistryContract({ create, supports }), it);
});

describe('MemoryVerdictLog', () => {
  runContract(verdictLogContract({ create, supports }), it);
});

describe('MemoryStoreTime', () => {
  runContract(storeTimeContract({ create, supports }), it);
});

describe('MemoryRunLedger', () => {
  runContract(runLedgerContract({ create, supports }), it);
});

describe('MemoryRunOverview', () => {
  runContract(runOverviewContract({ create, supports }), it);
});

describe('MemoryActionLog', () => {
  runContract(actionLogContract({ create, supports }), it);
});

describe('MemoryShardLedger', () => {
  runContract(shardLedgerContract({ create, supports }), it);
});

describe('MemoryFailedItems', () => {
  runContract(failedItemsContract({ create, supports }), it);
});

describe('MemoryRuleHistory', () => {
  runContract(ruleHistoryContract({ create, supports }), it);
});
