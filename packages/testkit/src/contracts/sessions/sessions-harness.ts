import type { Instant, SessionId, Transactions } from '@gamekeeper/core';
import type { Outbox, QuizSession, SessionRepository } from '@gamekeeper/core/ports';
import { inBatches } from '../batches.ts';
import { keep, listed } from '../collection-cases.ts';

/** What `sessionRepositoryContract` runs against. */
export interface SessionsHarness {
  readonly transactions: Transactions;
  readonly sessions: SessionRepository;
  readonly outbox: Outbox;
}

/** Returns the id of a session. */
export function sessionIdOf({ id }: QuizSession): SessionId {
  return id;
}

/** Stores sessions as they are. */
export function storeSessions(
  { transactions, sessions }: SessionsHarness,
  crowd: readonly QuizSession[],
): Promise<void> {
  return keep(transactions, sessions, sessionIdOf, crowd);
}

/** Returns every session that the repository lists. */
export function everySession({ sessions }: SessionsHarness): Promise<readonly QuizSession[]> {
  return listed(sessions, sessionIdOf);
}

/** Runs one cleanup batch by batch, each in its own transaction. Returns how many sessions expired. */
export function expireAll(
  { transactions, sessions }: SessionsHarness,
  asOf: Instant,
  limit: number,
  between?: () => Promise<void>,
): Promise<number> {
  return inBatches(transactions, (tx, after) => sessions.expireDue(tx, { asOf, after, limit }), between);
}
