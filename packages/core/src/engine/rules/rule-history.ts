import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** Rules that a deploy brought, and from when on. */
export interface RuleChange {
  /** Which rules: `lives`, `streaks`. */
  readonly name: string;
  /** In force from here on, until the next change of the same name. The first of a name counts for all time before, too. */
  readonly since: Instant;
  readonly rules: JsonObject;
}

/**
 * The rules of the game over time: a tick is judged by the rules that were in force at its instant, whenever it runs.
 * `ruleHistoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RuleHistory {
  /**
   * Records rules by their names. What differs from the newest of its name on record is in force from `now` or the
   * store's present, whichever is earlier, but never from before the rules that it replaces. What is on record already
   * changes nothing.
   */
  record(rules: Readonly<Record<string, JsonObject>>, now: Instant): Promise<void>;

  /** All that is on record, by name and oldest first. */
  changes(tx?: Transaction): Promise<readonly RuleChange[]>;
}
