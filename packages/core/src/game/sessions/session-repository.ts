import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { SessionId } from '../players/ids.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { QuizSession } from './quiz-session.ts';

/** A batch of a sweep. */
export interface SessionExpiryBatch extends ItemFilter {
  /** The tick of the run: the rules read it as "now". */
  readonly asOf: Instant;
  /** What the batch before answered as `next`; `null` for the first batch. */
  readonly after: Json;
  /** About how many sessions at most. */
  readonly limit: number;
}

/**
 * Quiz sessions. State and events commit or vanish together with the transaction that a verb is given.
 * `sessionRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface SessionRepository {
  find(id: SessionId, tx?: Transaction): Promise<QuizSession | null>;

  /**
   * Locks a session, lets the rule decide on what really stands there, and writes what it decided. `decide` may be
   * called again when another transaction creates the session meanwhile, and must not wait.
   */
  change<Answer>(
    tx: Transaction,
    id: SessionId,
    decide: (session: QuizSession | null) => Decision<QuizSession, Answer>,
  ): Promise<Answer>;

  /** Whether a sweep at `asOf` expires any session: a look without locks. */
  isAnyAbandoned(asOf: Instant): Promise<boolean>;

  /**
   * Carries out `expireSession` on every session whose time is up at `asOf`: all of them, once the batches have been
   * called with `next` until it is `null`. The condition is checked again in the statement that writes, so a quiz that
   * is finished meanwhile wins.
   */
  expireDue(tx: Transaction, batch: SessionExpiryBatch): Promise<BatchProgress>;

  /** The sessions that the batch would take on: a look without locks. It may differ as that of `LivesRepository` may. */
  listDue(batch: Omit<SessionExpiryBatch, 'only'>): Promise<readonly SessionId[]>;

  /** Up to `limit` sessions in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: SessionId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly QuizSession[]>;
}
