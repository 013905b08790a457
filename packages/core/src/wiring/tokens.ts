import type { Outbox } from '../events/outbox.ts';
import type { JobLedger } from '../jobs/job-ledger.ts';
import type { Scheduler } from '../jobs/scheduler.ts';
import type { LivesRepository } from '../lives/lives-repository.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../time/clock.ts';
import type { Schedules } from '../time/schedule.ts';
import type { Transactions } from '../transactions.ts';
import { token, type Token } from './token.ts';

/** The tokens of the ports: what a host's modules must bind between them. */
export const tokens: {
  readonly clock: Token<Clock>;
  readonly logger: Token<Logger>;
  readonly schedules: Token<Schedules>;
  readonly scheduler: Token<Scheduler>;
  readonly transactions: Token<Transactions>;
  readonly ledger: Token<JobLedger>;
  readonly outbox: Token<Outbox>;
  readonly lives: Token<LivesRepository>;
} = {
  clock: token('Clock'),
  logger: token('Logger'),
  schedules: token('Schedules'),
  scheduler: token('Scheduler'),
  transactions: token('Transactions'),
  ledger: token('JobLedger'),
  outbox: token('Outbox'),
  lives: token('LivesRepository'),
};
