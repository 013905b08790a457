import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** Rules and the instant from which they apply. */
export interface RuleChange {
  /** Which rules: `lives`, `streaks`. */
  readonly name: string;
  /**
   * They apply from this instant until the next change of the same name. The first of a name also applies to all time
   * before.
   */
  readonly since: Instant;
  readonly rules: JsonObject;
}

/**
 * The rules of the game over time: a tick is judged by the rules that were in force at its instant, whenever it runs.
 * `ruleHistoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RuleHistory {
  /**
   * Records rules by name. Rules that differ from the newest recorded ones of their name apply from `now` or the
   * store's current time, whichever is earlier, but never from before the rules that they replace. Unchanged rules are
   * not recorded again.
   */
  record(rules: Readonly<Record<string, JsonObject>>, now: Instant): Promise<void>;

  /** Returns all recorded changes, ordered by name, oldest first. */
  changes(tx?: Transaction): Promise<readonly RuleChange[]>;
}
