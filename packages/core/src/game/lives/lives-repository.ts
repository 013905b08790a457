import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { UserId } from '../players/ids.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { PruneRequest } from '../../engine/jobs/prunable.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Lives } from './lives.ts';
import type { LivesRules } from './lives-rules.ts';

/** A batch of life regeneration: which players, and where the batch before it ended. */
export interface LifeRegenerationBatch extends ItemFilter {
  /** The tick of the run: the rules read it as "now". */
  readonly asOf: Instant;
  readonly rules: LivesRules;
  /** What the batch before answered as `next`; `null` for the first batch. */
  readonly after: Json;
  /** About how many players at most; an adapter may come out somewhat above where its storage works in pages. */
  readonly limit: number;
}

/**
 * The lives of all players.
 *
 * Every verb keeps state and events together: what it changes and what it writes to the outbox commit or vanish with
 * the transaction that it is given. `livesRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface LivesRepository {
  /** One player's lives, or `null` for somebody who has never played. */
  find(userId: UserId, tx?: Transaction): Promise<Lives | null>;

  /**
   * Locks a player's lives, lets the rule decide on what really stands there, and writes what it decided. Two changes
   * of one player never overlap; the second sees what the first wrote. `decide` gets `null` for a player who is not
   * stored yet, may be called again when another transaction creates the player meanwhile, and must not wait.
   */
  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer>;

  /**
   * Reserves a key for a spend of a player's, inside the caller's transaction; keys of different players have nothing to
   * do with each other. A transaction under way that has reserved the same one is waited for. Returns the lives that
   * the spend under this key left, or `null` when there is none: then the key is the caller's, who must call
   * `completeSpend` before the transaction ends.
   */
  reserveSpend(tx: Transaction, userId: UserId, idempotencyKey: string): Promise<Lives | null>;

  /**
   * Records the lives that the spend under a key left, which the caller has reserved in the same transaction; `null`:
   * nothing was spent, and the key is free again.
   */
  completeSpend(
    tx: Transaction,
    userId: UserId,
    spend: { readonly idempotencyKey: string; readonly lives: Lives | null },
  ): Promise<void>;

  /** Forgets up to `limit` spends that were recorded before an instant, by the store's clock. Returns how many. */
  pruneSpends(tx: Transaction, cut: PruneRequest): Promise<number>;

  /** Whether a tick at `asOf` gives anybody a life: a look without locks. */
  isAnyDue(asOf: Instant, rules: LivesRules): Promise<boolean>;

  /**
   * Carries out `regenerate` on players who are due at `asOf`: all of them, once the batches have been called with
   * `next` until it is `null`. A player who changes meanwhile is judged by what stands there when the row is written,
   * and nobody is given two lives for one tick, however often a batch is repeated.
   */
  regenerateDue(tx: Transaction, batch: LifeRegenerationBatch): Promise<BatchProgress>;

  /**
   * The players whom the batch would take on: a look without locks. Where the order of a store is not settled it may
   * differ from what the batch finds; calling both in turn must still come to an end.
   */
  listDue(batch: Omit<LifeRegenerationBatch, 'only'>): Promise<readonly UserId[]>;

  /** Up to `limit` players in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]>;
}
