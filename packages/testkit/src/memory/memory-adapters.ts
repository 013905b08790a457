import {
  ComposedQuizStore,
  provide,
  provideFallback,
  token,
  engineTokens,
  gameTokens,
  optionalGameTokens,
  optionalTokens,
  type HostModule,
  type QuizStore,
  type Token,
} from '@gamekeeper/core/ports';
import { StoreClock, givenObject, withMethods } from '@gamekeeper/core/engine';
import { MemoryActionLog } from './operators/memory-action-log.ts';
import { MemoryAlertLog } from './health/memory-alert-log.ts';
import { MemoryDatabase } from './transactions/memory-database.ts';
import { MemoryFailedItems } from './jobs/memory-failed-items.ts';
import { memoryJobPorts, type MemoryJobPorts } from './jobs/memory-job-ports.ts';
import { MemoryLeaderboardCache } from './leaderboards/memory-leaderboard-cache.ts';
import { MemoryLivesRepository } from './lives/memory-lives-repository.ts';
import { MemoryOutboxPartitions } from './events/memory-outbox-partitions.ts';
import { MemoryOutbox } from './events/memory-outbox.ts';
import { MemoryLogEntries, MemoryPlayerLog } from './players/memory-player-log.ts';
import { MemoryPlayerRepository } from './players/memory-player-repository.ts';
import { memoryBoardPorts, type MemoryBoardPorts } from './leaderboards/memory-board-ports.ts';
import { MemoryRuleHistory } from './rules/memory-rule-history.ts';
import { MemorySkewedInstances } from './health/memory-skewed-instances.ts';
import { MemorySessionRepository } from './sessions/memory-session-repository.ts';
import { MemoryStreakRepository } from './streaks/memory-streak-repository.ts';

/** All adapters in memory, on one shared store. */
export interface MemoryStore extends MemoryJobPorts, MemoryBoardPorts {
  readonly transactions: MemoryDatabase;
  readonly outbox: MemoryOutbox;
  readonly outboxPartitions: MemoryOutboxPartitions;
  readonly ruleHistory: MemoryRuleHistory;
  readonly alertLog: MemoryAlertLog;
  readonly skewedInstances: MemorySkewedInstances;
  readonly failedItems: MemoryFailedItems;
  readonly actionLog: MemoryActionLog;
  readonly players: MemoryPlayerRepository;
  readonly playerLog: MemoryPlayerLog;
  readonly lives: MemoryLivesRepository;
  readonly streaks: MemoryStreakRepository;
  readonly sessions: MemorySessionRepository;
  readonly quizzes: QuizStore;
  readonly leaderboardCache: MemoryLeaderboardCache;
}

/** Returns an empty store that uses the clock for its leases. */
export function memoryStore(clock: ConstructorParameters<typeof MemoryDatabase>[0]): MemoryStore {
  withMethods('clock', clock, ['now'], 'must be a clock such as new VirtualClock(…)');
  const transactions = new MemoryDatabase(clock);
  const outbox = new MemoryOutbox(transactions);
  const logEntries = new MemoryLogEntries(transactions);
  const streaks = new MemoryStreakRepository(transactions, outbox, logEntries);
  const players = new MemoryPlayerRepository(transactions, streaks);
  const lives = new MemoryLivesRepository(transactions, outbox);
  const sessions = new MemorySessionRepository(transactions, outbox);
  const failedItems = new MemoryFailedItems(transactions);
  const boardPorts = memoryBoardPorts(transactions, {
    players,
    lives,
    streaks,
    sessions,
    outbox,
    failedItems,
    logEntries,
  });
  const { awards, archive } = boardPorts;
  return {
    transactions,
    outbox,
    outboxPartitions: new MemoryOutboxPartitions(transactions, outbox),
    players,
    streaks,
    ...memoryJobPorts(transactions),
    ruleHistory: new MemoryRuleHistory(transactions),
    alertLog: new MemoryAlertLog(transactions),
    skewedInstances: new MemorySkewedInstances(transactions),
    failedItems,
    actionLog: new MemoryActionLog(transactions),
    lives,
    sessions,
    ...boardPorts,
    playerLog: new MemoryPlayerLog(transactions, logEntries, [sessions, lives, awards, archive]),
    quizzes: new ComposedQuizStore({ ...boardPorts, players, lives, streaks, sessions }),
    leaderboardCache: new MemoryLeaderboardCache(),
  };
}

const store: Token<MemoryStore> = token('MemoryStore');

const FROM_MEMORY_STORE = 'must be what memoryStore(clock) returned';

/**
 * Binds every repository in memory: lost when the process ends, and as exact as the real ones.
 *
 * @param shared a store that several hosts share, like instances of one backend. Default: a new one on the host's
 *   clock.
 */
export function memoryAdapters(shared?: MemoryStore): HostModule {
  if (shared !== undefined)
    withMethods(
      'shared.transactions',
      givenObject('shared', shared, FROM_MEMORY_STORE).transactions,
      ['run'],
      FROM_MEMORY_STORE,
    );
  return {
    name: 'memoryAdapters',
    bindings: [
      // Hosts are corrected to the store's clock, so it must not be a corrected clock itself.
      provide(store, [engineTokens.clock], (clock) => shared ?? memoryStore(StoreClock.hostOf(clock))),
      provide(engineTokens.transactions, [store], ({ transactions }) => transactions),
      provide(engineTokens.dryRuns, [store], ({ transactions }) => transactions),
      provide(engineTokens.outbox, [store], ({ outbox }) => outbox),
      provide(engineTokens.outboxPartitions, [store], ({ outboxPartitions }) => outboxPartitions),
      provide(engineTokens.ledger, [store], ({ ledger }) => ledger),
      provide(engineTokens.runOverview, [store], ({ runOverview }) => runOverview),
      provide(optionalTokens.shardLedger, [store], ({ shardLedger }) => shardLedger),
      provide(engineTokens.jobRegistry, [store], ({ jobRegistry }) => jobRegistry),
      provide(engineTokens.verdictLog, [store], ({ verdictLog }) => verdictLog),
      provide(engineTokens.storeTime, [store], ({ storeTime }) => storeTime),
      provide(engineTokens.ruleHistory, [store], ({ ruleHistory }) => ruleHistory),
      provide(engineTokens.alertLog, [store], ({ alertLog }) => alertLog),
      provide(engineTokens.skewedInstances, [store], ({ skewedInstances }) => skewedInstances),
      provide(engineTokens.failedItems, [store], ({ failedItems }) => failedItems),
      provide(engineTokens.actionLog, [store], ({ actionLog }) => actionLog),
      provide(gameTokens.players, [store], ({ players }) => players),
      provide(gameTokens.lives, [store], ({ lives }) => lives),
      provide(gameTokens.streaks, [store], ({ streaks }) => streaks),
      provide(gameTokens.sessions, [store], ({ sessions }) => sessions),
      provide(gameTokens.quizzes, [store], ({ quizzes }) => quizzes),
      provide(gameTokens.awards, [store], ({ awards }) => awards),
      provide(gameTokens.periods, [store], ({ periods }) => periods),
      provide(gameTokens.rankings, [store], ({ rankings }) => rankings),
      provide(gameTokens.periodResets, [store], ({ periodResets }) => periodResets),
      provide(gameTokens.archive, [store], ({ archive }) => archive),
      provide(gameTokens.playerRecords, [store], ({ playerRecords }) => playerRecords),
      provide(gameTokens.playerLog, [store], ({ playerLog }) => playerLog),
      provide(gameTokens.playerImport, [store], ({ playerImport }) => playerImport),
      provide(
        optionalGameTokens.pendingCacheUpdates,
        [store],
        ({ pendingCacheUpdates }) => pendingCacheUpdates,
      ),
      provideFallback(gameTokens.leaderboardCache, [store], ({ leaderboardCache }) => leaderboardCache),
    ],
  };
}
