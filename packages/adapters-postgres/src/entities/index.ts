import { AlertRow } from './alert-row.ts';
import {
  JobHealthRow,
  JobItemFailureRow,
  JobRow,
  JobRunRow,
  JobShardRow,
  JobScheduleRow,
  OperatorActionRow,
  SkewedInstanceRow,
} from './job-rows.ts';
import {
  LeaderboardArchivePackRow,
  LeaderboardArchivePlacesRow,
  LeaderboardOpeningsRow,
  LeaderboardPeriodRow,
  PendingCacheUpdateRow,
  RankingRow,
  XpAwardRow,
} from './leaderboard-rows.ts';
import { LifeSpendRow, LivesRow } from './lives-row.ts';
import { OutboxLaneRow, OutboxRow } from './outbox-row.ts';
import { PlayerLogRow, StreakLogRow } from './player-log-row.ts';
import { PlayerProgressRow, StreakEvaluationRow } from './player-progress-row.ts';
import { QuizSessionRow } from './quiz-session-row.ts';
import { RuleChangeRow } from './rule-change-row.ts';

/** Our tables as MikroORM entities, for hosts that query them; the migrations create the tables. */
export const gamekeeperEntities = [
  LivesRow,
  LifeSpendRow,
  PlayerProgressRow,
  StreakEvaluationRow,
  PlayerLogRow,
  StreakLogRow,
  QuizSessionRow,
  XpAwardRow,
  RankingRow,
  LeaderboardPeriodRow,
  LeaderboardOpeningsRow,
  LeaderboardArchivePackRow,
  LeaderboardArchivePlacesRow,
  PendingCacheUpdateRow,
  JobRow,
  JobScheduleRow,
  RuleChangeRow,
  JobRunRow,
  JobShardRow,
  JobItemFailureRow,
  JobHealthRow,
  OperatorActionRow,
  SkewedInstanceRow,
  AlertRow,
  OutboxRow,
  OutboxLaneRow,
] as const;
