import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { UserId } from '../players/ids.ts';
import type { Division } from '../../engine/jobs/division.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { ComparedStreak, Comparison, StreakCounts, StreakTrial } from '../what-if/comparison.ts';
import type { Streak, StreakTick } from './streak.ts';

/** A batch of streak evaluation. */
export interface StreakEvaluationBatch extends ItemFilter {
  readonly tick: StreakTick;
  /** The `next` that the previous batch returned; `null` for the first batch. */
  readonly after: Json;
  /** The approximate maximum number of players. */
  readonly limit: number;
}

/**
 * The streaks of all players. State and events commit or roll back together with the transaction passed to a method.
 * `streakRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface StreakRepository {
  /** Returns a player's streak, or `null` if the player is unknown. */
  find(userId: UserId, tx?: Transaction): Promise<Streak | null>;

  /**
   * Locks a player's streak, lets `decide` compute the change from the locked state, and writes it. `decide` may be
   * called again if another transaction creates the player meanwhile, and must not wait. Returns the value that
   * `decide` returned for the caller.
   */
  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (streak: Streak | null) => Decision<Streak, Answer>,
  ): Promise<Answer>;

  /** Returns whether a tick puts any streak in danger; reads without locks. */
  isAnyInDanger(tick: StreakTick): Promise<boolean>;

  /**
   * Applies `evaluateStreak` to every streak that the tick puts in danger: to all of them, once batches have been
   * called with `next` until it is `null`. A player who plays meanwhile is judged by the state at the time of the
   * write, and no day judges a streak twice.
   */
  evaluateDue(tx: Transaction, batch: StreakEvaluationBatch): Promise<BatchProgress>;

  /**
   * Returns the ids that the next batch would process (no locks). May differ from the batch as in `LivesRepository`.
   */
  listDue(batch: Omit<StreakEvaluationBatch, 'only'>): Promise<readonly UserId[]>;

  /**
   * Divides what is due into at most `max` disjoint parts, for batches with `shard`; fewer than two if that is not worth
   * it. When all parts are done, batches without a part continue at `next`, and find what was left out (no locks).
   * Optional: without it, ticks are not divided.
   */
  divideDue?(batch: { readonly tick: StreakTick; readonly max: number }): Promise<Division>;

  /**
   * Returns what two ticks of one day would do to the streaks, counted by the store, and up to `sample` players whom they
   * treat differently (no locks, one snapshot). Optional: without it, other rules cannot be tried.
   */
  compareTicks?(trial: StreakTrial): Promise<Comparison<StreakCounts, ComparedStreak>>;

  /** Returns up to `limit` players in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Streak[]>;
}
