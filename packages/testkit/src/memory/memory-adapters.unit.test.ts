import { describe, it } from 'vitest';
import { alertLogContract } from '../contracts/health/alert-log-contract.ts';
import { failedItemsContract } from '../contracts/jobs/failed-items-contract.ts';
import { jobRegistryContract } from '../contracts/jobs/job-registry-contract.ts';
import { storeTimeContract } from '../contracts/jobs/store-time-contract.ts';
import { verdictLogContract } from '../contracts/health/verdict-log-contract.ts';
import { runLedgerContract } from '../contracts/jobs/run-ledger-contract.ts';
import { leaderboardCacheContract } from '../contracts/leaderboards/leaderboard-cache-contract.ts';
import { livesRepositoryContract } from '../contracts/lives/lives-repository-contract.ts';
import { outboxPartitionsContract } from '../contracts/events/outbox-partitions-contract.ts';
import { outboxContract } from '../contracts/events/outbox-contract.ts';
import { playerRepositoryContract } from '../contracts/players/player-repository-contract.ts';
import { awardRepositoryContract } from '../contracts/leaderboards/award-repository-contract.ts';
import { periodRepositoryContract } from '../contracts/leaderboards/period-repository-contract.ts';
import { periodResetsContract } from '../contracts/leaderboards/period-resets-contract.ts';
import { rankingRepositoryContract } from '../contracts/leaderboards/ranking-repository-contract.ts';
import { standingsArchiveContract } from '../contracts/leaderboards/standings-archive-contract.ts';
import { ruleHistoryContract } from '../contracts/rules/rule-history-contract.ts';
import { sessionRepositoryContract } from '../contracts/sessions/session-repository-contract.ts';
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
  for (const { name, run } of transactionsContract({ create, supports })) it(name, run);
});

describe('MemoryLivesRepository', () => {
  for (const { name, run } of livesRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryStreakRepository', () => {
  for (const { name, run } of streakRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryPlayerRepository', () => {
  for (const { name, run } of playerRepositoryContract({ create, supports })) it(name, run);
});

describe('MemorySessionRepository', () => {
  for (const { name, run } of sessionRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryAwardRepository', () => {
  for (const { name, run } of awardRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryPeriodRepository', () => {
  for (const { name, run } of periodRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryPeriodResets', () => {
  for (const { name, run } of periodResetsContract({ create, supports })) it(name, run);
});

describe('MemoryStandingsArchive', () => {
  for (const { name, run } of standingsArchiveContract({ create, supports })) it(name, run);
});

describe('MemoryRankingRepository', () => {
  for (const { name, run } of rankingRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryLeaderboardCache', () => {
  const withCache = () => {
    const { leaderboardCache: cache, ...store } = create();
    return { ...store, cache };
  };
  const options = { create: withCache, supports: { ...supports, separate: true } };
  for (const { name, run } of leaderboardCacheContract(options)) it(name, run);
});

describe('MemoryAlertLog', () => {
  for (const { name, run } of alertLogContract({ create, supports })) it(name, run);
});

describe('MemorySkewedInstances', () => {
  for (const { name, run } of skewedInstancesContract({ create, supports })) it(name, run);
});

describe('MemoryOutbox', () => {
  for (const { name, run } of outboxContract({ create, supports })) it(name, run);
});

describe('MemoryOutboxPartitions', () => {
  for (const { name, run } of outboxPartitionsContract({ create, supports })) it(name, run);
});

describe('MemoryJobRegistry', () => {
  for (const { name, run } of jobRegistryContract({ create, supports })) it(name, run);
});

describe('MemoryVerdictLog', () => {
  for (const { name, run } of verdictLogContract({ create, supports })) it(name, run);
});

describe('MemoryStoreTime', () => {
  for (const { name, run } of storeTimeContract({ create, supports })) it(name, run);
});

describe('MemoryRunLedger', () => {
  for (const { name, run } of runLedgerContract({ create, supports })) it(name, run);
});

describe('MemoryFailedItems', () => {
  for (const { name, run } of failedItemsContract({ create, supports })) it(name, run);
});

describe('MemoryRuleHistory', () => {
  for (const { name, run } of ruleHistoryContract({ create, supports })) it(name, run);
});
