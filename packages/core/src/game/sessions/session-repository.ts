import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { SessionId, UserId } from '../players/ids.ts';
import type { Division } from '../../engine/jobs/division.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { QuizSession } from './quiz-session.ts';

/** A batch of a cleanup run. */
export interface SessionExpiryBatch extends ItemFilter {
  /** The tick of the run; the rules use it as the current time. */
  readonly asOf: Instant;
  /** The `next` that the previous batch returned; `null` for the first batch. */
  readonly after: Json;
  /** The approximate maximum number of sessions. */
  readonly limit: number;
}

/** Which of a player's sessions to list. */
export interface PlayerSessionsPage {
  /** The last session of the previous page. */
  readonly before?: Pick<QuizSession, 'id' | 'startedAt'>;
  readonly limit: number;
}

/**
 * Quiz sessions. State and events commit or roll back together with the transaction passed to a method.
 * `sessionRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface SessionRepository {
  find(id: SessionId, tx?: Transaction): Promise<QuizSession | null>;

  /**
   * Locks a session, lets `decide` compute the change from the locked state, and writes it. `decide` may be called
   * again if another transaction creates the session meanwhile, and must not wait. Returns the value that `decide`
   * returned for the caller.
   */
  change<Answer>(
    tx: Transaction,
    id: SessionId,
    decide: (session: QuizSession | null) => Decision<QuizSession, Answer>,
  ): Promise<Answer>;

  /** Returns whether a cleanup run at `asOf` expires any session; reads without locks. */
  isAnyAbandoned(asOf: Instant): Promise<boolean>;

  /**
   * Applies `expireSession` to every session that is past its `expiresAt` at `asOf`: to all of them, once batches have
   * been called with `next` until it is `null`. The writing statement checks the condition again, so a quiz that is
   * completed meanwhile stays completed.
   */
  expireDue(tx: Transaction, batch: SessionExpiryBatch): Promise<BatchProgress>;

  /**
   * Returns the ids that the next batch would process (no locks). May differ from the batch as in `LivesRepository`.
   */
  listDue(batch: Omit<SessionExpiryBatch, 'only'>): Promise<readonly SessionId[]>;

  /**
   * Divides what is due into at most `max` disjoint parts, for batches with `shard`; fewer than two if that is not worth
   * it. When all parts are done, batches without a part continue at `next`, and find what was left out (no locks).
   * Optional: without it, ticks are not divided.
   */
  divideDue?(batch: { readonly asOf: Instant; readonly max: number }): Promise<Division>;

  /** Returns up to `limit` sessions in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: SessionId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly QuizSession[]>;

  /**
   * Returns up to `limit` sessions of a player, the newest start first, those of one instant in bytewise order of their
   * ids (no locks).
   */
  listOf(userId: UserId, page: PlayerSessionsPage): Promise<readonly QuizSession[]>;
}
