import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { UserId } from '../players/ids.ts';
import type { Division } from '../../engine/jobs/division.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { PruneRequest } from '../../engine/jobs/prunable.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { ComparedLives, Comparison, LivesCounts, LivesTrial } from '../what-if/comparison.ts';
import type { Lives } from './lives.ts';
import type { LivesRules } from './lives-rules.ts';

/** A batch of life regeneration: which players, and where the previous batch ended. */
export interface LifeRegenerationBatch extends ItemFilter {
  /** The tick of the run; the rules use it as the current time. */
  readonly asOf: Instant;
  readonly rules: LivesRules;
  /** The `next` that the previous batch returned; `null` for the first batch. */
  readonly after: Json;
  /** The approximate maximum number of players; an adapter that works in pages may exceed it slightly. */
  readonly limit: number;
}

/**
 * The lives of all players.
 *
 * State and events are written in one transaction: what a method changes and what it writes to the outbox commit or
 * roll back together with the transaction passed to it. `livesRepositoryContract` in `@gamekeeper/testkit` is this
 * contract as test cases.
 */
export interface LivesRepository {
  /** Returns a player's lives, or `null` if the player has never played. */
  find(userId: UserId, tx?: Transaction): Promise<Lives | null>;

  /**
   * Locks a player's lives, lets `decide` compute the change from the locked state, and writes it. Two changes of one
   * player never overlap; the second sees what the first wrote. `decide` receives `null` for a player who is not
   * stored yet, may be called again if another transaction creates the player meanwhile, and must not wait. Returns
   * the value that `decide` returned for the caller.
   */
  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer>;

  /**
   * Reserves a player's key for a spend, inside the caller's transaction; keys of different players are independent.
   * Waits for a transaction in progress that has reserved the same key. Returns the lives that the earlier spend with
   * this key left, or `null` if there is none: the caller then holds the key and must call `completeSpend` before the
   * transaction ends.
   */
  reserveSpend(tx: Transaction, userId: UserId, idempotencyKey: string): Promise<Lives | null>;

  /**
   * Records the lives that were left by the spend whose key the caller reserved in the same transaction; `null`:
   * nothing was spent, and the key is free again.
   */
  completeSpend(
    tx: Transaction,
    userId: UserId,
    spend: { readonly idempotencyKey: string; readonly lives: Lives | null },
  ): Promise<void>;

  /** Removes up to `limit` spends that were recorded before an instant, by the store's clock. Returns how many. */
  pruneSpends(tx: Transaction, cut: PruneRequest): Promise<number>;

  /** Returns whether a tick at `asOf` gives any player a life; reads without locks. */
  isAnyDue(asOf: Instant, rules: LivesRules): Promise<boolean>;

  /**
   * Applies `regenerate` to players who are due at `asOf`: to all of them, once batches have been called with `next`
   * until it is `null`. A player who changes meanwhile is judged by the state at the time of the write, and no player
   * receives two lives for one tick, however often a batch is repeated.
   */
  regenerateDue(tx: Transaction, batch: LifeRegenerationBatch): Promise<BatchProgress>;

  /**
   * Returns the ids that the next batch would process (no locks). May differ from the batch if the store's order is
   * not stable; alternating both calls must still terminate.
   */
  listDue(batch: Omit<LifeRegenerationBatch, 'only'>): Promise<readonly UserId[]>;

  /**
   * Divides what is due into at most `max` disjoint parts, for batches with `shard`; fewer than two if that is not worth
   * it. When all parts are done, batches without a part continue at `next`, and find what was left out (no locks).
   * Optional: without it, ticks are not divided.
   */
  divideDue?(batch: {
    readonly asOf: Instant;
    readonly rules: LivesRules;
    readonly max: number;
  }): Promise<Division>;

  /**
   * Returns what a tick would do by two sets of rules, counted by the store, and up to `sample` players whose lives would
   * differ after it (no locks, one snapshot). Optional: without it, other rules cannot be tried.
   */
  compareRules?(trial: LivesTrial): Promise<Comparison<LivesCounts, ComparedLives>>;

  /** Returns up to `limit` players in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]>;
}
