import type { EventBus } from '../events/event-bus.ts';
import type { OutboxLanes } from '../events/outbox-lanes.ts';
import type { Outbox } from '../events/outbox.ts';
import type { AlertLog } from '../health/alert-log.ts';
import type { Outages } from '../health/outages.ts';
import type { SkewedInstances } from '../health/skewed-instances.ts';
import type { FailedItems } from '../jobs/failed-items.ts';
import type { JobLedger } from '../jobs/job-ledger.ts';
import type { Scheduler } from '../jobs/scheduler.ts';
import type { PlayerRepository } from '../../game/gameplay/player-repository.ts';
import type { LeaderboardCache } from '../../game/leaderboards/leaderboard-cache.ts';
import type { RankingRepository } from '../../game/leaderboards/ranking-repository.ts';
import type { LivesRepository } from '../../game/lives/lives-repository.ts';
import type { Logger } from '../values/logger.ts';
import type { RuleHistory } from '../rules/rule-history.ts';
import type { SessionRepository } from '../../game/sessions/session-repository.ts';
import type { StreakRepository } from '../../game/streaks/streak-repository.ts';
import type { Clock } from '../time/clock.ts';
import type { Schedules } from '../time/schedule.ts';
import type { Rehearsals, Transactions } from '../transactions/transactions.ts';
import { token, type Token } from './token.ts';

/** The tokens of the ports: what a host's modules must bind between them. */
export const tokens: {
  readonly clock: Token<Clock>;
  readonly logger: Token<Logger>;
  readonly schedules: Token<Schedules>;
  readonly scheduler: Token<Scheduler>;
  readonly transactions: Token<Transactions>;
  readonly rehearsals: Token<Rehearsals>;
  readonly ledger: Token<JobLedger>;
  readonly ruleHistory: Token<RuleHistory>;
  readonly alertLog: Token<AlertLog>;
  readonly skewedInstances: Token<SkewedInstances>;
  readonly failedItems: Token<FailedItems>;
  readonly outbox: Token<Outbox>;
  readonly outboxLanes: Token<OutboxLanes>;
  readonly players: Token<PlayerRepository>;
  readonly lives: Token<LivesRepository>;
  readonly streaks: Token<StreakRepository>;
  readonly sessions: Token<SessionRepository>;
  readonly rankings: Token<RankingRepository>;
  readonly leaderboardCache: Token<LeaderboardCache>;
} = {
  clock: token('Clock'),
  logger: token('Logger'),
  schedules: token('Schedules'),
  scheduler: token('Scheduler'),
  transactions: token('Transactions'),
  rehearsals: token('Rehearsals'),
  ledger: token('JobLedger'),
  ruleHistory: token('RuleHistory'),
  alertLog: token('AlertLog'),
  skewedInstances: token('SkewedInstances'),
  failedItems: token('FailedItems'),
  outbox: token('Outbox'),
  outboxLanes: token('OutboxLanes'),
  players: token('PlayerRepository'),
  lives: token('LivesRepository'),
  streaks: token('StreakRepository'),
  sessions: token('SessionRepository'),
  rankings: token('RankingRepository'),
  leaderboardCache: token('LeaderboardCache'),
};

/** The tokens of what a host can do without. */
export const optionalTokens: {
  /** Whom events are delivered to. Without one they stay in the outbox. */
  readonly eventBus: Token<EventBus>;
} = {
  eventBus: token('EventBus'),
};

/** The tokens of what every host binds by itself, for modules to build on. */
export const hostTokens: {
  /** What the host can do without for a while, and what is wrong with it. */
  readonly outages: Token<Outages>;
} = {
  outages: token('Outages'),
};
