import { token, type Token } from '../../engine/wiring/token.ts';
import type { QuizStore } from '../gameplay/quiz-store.ts';
import type { AwardRepository } from '../leaderboards/award-repository.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import type { PendingCacheUpdates } from '../leaderboards/pending-cache-updates.ts';
import type { PeriodRepository } from '../leaderboards/period-repository.ts';
import type { PeriodResets } from '../leaderboards/period-resets.ts';
import type { RankingRepository } from '../leaderboards/ranking-repository.ts';
import type { StandingsArchive } from '../leaderboards/standings-archive.ts';
import type { LivesRepository } from '../lives/lives-repository.ts';
import type { PlayerImport } from '../players/player-import.ts';
import type { PlayerLog } from '../players/player-log.ts';
import type { PlayerRecords } from '../players/player-records.ts';
import type { PlayerRepository } from '../players/player-repository.ts';
import type { SessionRepository } from '../sessions/session-repository.ts';
import type { StreakRepository } from '../streaks/streak-repository.ts';

/**
 * The tokens of the game's ports. The modules of a game's host must bind all of them, in addition to {@link
 * engineTokens}.
 */
export const gameTokens: {
  readonly players: Token<PlayerRepository>;
  readonly lives: Token<LivesRepository>;
  readonly streaks: Token<StreakRepository>;
  readonly sessions: Token<SessionRepository>;
  readonly quizzes: Token<QuizStore>;
  readonly awards: Token<AwardRepository>;
  readonly periods: Token<PeriodRepository>;
  readonly rankings: Token<RankingRepository>;
  readonly periodResets: Token<PeriodResets>;
  readonly archive: Token<StandingsArchive>;
  readonly playerImport: Token<PlayerImport>;
  readonly playerRecords: Token<PlayerRecords>;
  readonly playerLog: Token<PlayerLog>;
  readonly leaderboardCache: Token<LeaderboardCache>;
} = {
  players: token('PlayerRepository'),
  lives: token('LivesRepository'),
  streaks: token('StreakRepository'),
  sessions: token('SessionRepository'),
  quizzes: token('QuizStore'),
  awards: token('AwardRepository'),
  periods: token('PeriodRepository'),
  rankings: token('RankingRepository'),
  periodResets: token('PeriodResets'),
  archive: token('StandingsArchive'),
  playerImport: token('PlayerImport'),
  playerRecords: token('PlayerRecords'),
  playerLog: token('PlayerLog'),
  leaderboardCache: token('LeaderboardCache'),
};

/** The tokens of the game's ports that a host may leave unbound. */
export const optionalGameTokens: {
  /**
   * Where updates of the leaderboard cache by hosts' transactions are kept until the cache confirms them. If unbound, they
   * are left to `Gameplay.updateCachedScores` and to the next recalculation.
   */
  readonly pendingCacheUpdates: Token<PendingCacheUpdates>;
} = {
  pendingCacheUpdates: token('PendingCacheUpdates'),
};
