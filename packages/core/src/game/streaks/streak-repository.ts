import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Decision } from '../players/decision.ts';
import type { UserId } from '../players/ids.ts';
import type { ItemFilter } from '../../engine/jobs/item-filter.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Streak, StreakTick } from './streak.ts';

/** A batch of streak evaluation. */
export interface StreakEvaluationBatch extends ItemFilter {
  readonly tick: StreakTick;
  /** What the batch before answered as `next`; `null` for the first batch. */
  readonly after: Json;
  /** About how many players at most. */
  readonly limit: number;
}

/**
 * The streaks of all players. State and events commit or vanish together with the transaction that a verb is given.
 * `streakRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface StreakRepository {
  /** One player's streak, or `null` for somebody who is not known. */
  find(userId: UserId, tx?: Transaction): Promise<Streak | null>;

  /**
   * Locks a player's streak, lets the rule decide on what really stands there, and writes what it decided. `decide` may
   * be called again when another transaction creates the player meanwhile, and must not wait.
   */
  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (streak: Streak | null) => Decision<Streak, Answer>,
  ): Promise<Answer>;

  /** Whether a tick puts any streak in danger: a look without locks. */
  isAnyInDanger(tick: StreakTick): Promise<boolean>;

  /**
   * Carries out `evaluateStreak` on every streak that the tick puts in danger: all of them, once the batches have been
   * called with `next` until it is `null`. A player who plays meanwhile is judged by what stands there when the row is
   * written, and no day judges anybody twice.
   */
  evaluateDue(tx: Transaction, batch: StreakEvaluationBatch): Promise<BatchProgress>;

  /** The players whom the batch would take on: a look without locks. It may differ as that of `LivesRepository` may. */
  listDue(batch: Omit<StreakEvaluationBatch, 'only'>): Promise<readonly UserId[]>;

  /** Up to `limit` players in bytewise order of their ids, after a given one. */
  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Streak[]>;
}
