export { healthMetrics } from './health/health-metrics.ts';
export { hostHealth, type HostHealthPorts } from './health/host-health.ts';
export { metricCatalogue } from './health/metric-catalogue.ts';
export { MAX_UNFINISHED_MS, boardCheck } from './leaderboards/board-check.ts';
export { assertSameBoards } from './leaderboards/same-boards.ts';
export { defineBoards } from './leaderboards/board.ts';
export { FallbackLeaderboardCache, leaderboardTruth } from './leaderboards/fallback-leaderboard-cache.ts';
export { leaderboardRecalculation, recalculate } from './leaderboards/leaderboard-recalculation.ts';
export { standingWithDates } from './leaderboards/leaderboards.ts';
export { leaderboardReset, resetJobName } from './leaderboards/leaderboard-reset.ts';
export { leaderboardRules } from './leaderboards/leaderboard-rules.ts';
export { candidatePeriodKeys, resolvePeriod } from './leaderboards/resolve-period.ts';
export { boundedPeriodAt, periodAt } from './leaderboards/period.ts';
export { unclosedPeriod } from './leaderboards/unclosed-period.ts';
export { compareBytewise, compareScores } from './leaderboards/standing.ts';
export { addStoredPeriodEnds } from './leaderboards/stored-period-ends.ts';
export { lifeRegeneration } from './lives/life-regeneration.ts';
export { livesRules, raiseOf, withRaises } from './lives/lives-rules.ts';
export {
  fullLives,
  isDue,
  livesRefilled,
  livesRefilledKeyPrefix,
  regenerate,
  applyDueLifeTicks,
  spendLife,
} from './lives/lives.ts';
export {
  QUIZ_ABANDONED_KEY_PREFIX,
  beginSession,
  completeSession,
  expireSession,
  isAbandoned,
} from './sessions/quiz-session.ts';
export { sessionCleanup } from './sessions/session-cleanup.ts';
export { sessionRules } from './sessions/session-rules.ts';
export { assertPlayerColumns, playerColumns, playerOfColumns, xpColumn } from './players/import-columns.ts';
export { CacheUpdater } from './gameplay/cache-updater.ts';
export { whatIf, type WhatIfPorts } from './what-if/what-if.ts';
export { CachedBoards } from './gameplay/cached-boards.ts';
export { awardEntry, regenEntry, sessionEntry, spendEntry, standingEntry } from './players/stored-entries.ts';
export { ERASED_PREFIX } from './players/player-records.ts';
export { explainPlayer, type ExplainPorts } from './players/explain-player.ts';
export { importTerms } from './players/import-terms.ts';
export { importedEntry, importedLives, importedScore, importedStreak } from './players/imported-player.ts';
export { checkedPeriodHistory } from './players/period-history.ts';
export { checkedHistory } from './players/player-history.ts';
export { streakWithDates } from './streaks/player-streaks.ts';
export { streakRules } from './streaks/streak-rules.ts';
export { streakUpdate } from './streaks/streak-update.ts';
export {
  STREAK_ENTRY,
  countQuiz,
  coveredDay,
  evaluateStreak,
  freshStreak,
  isInDanger,
  applyDueStreakTicks,
  streakEventKeyPrefix,
  streakTick,
  type StreakTick,
} from './streaks/streak.ts';
