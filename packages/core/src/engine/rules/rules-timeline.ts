import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';
import type { RuleChange } from './rule-history.ts';
import type { RulesInForce } from './rules-in-force.ts';

/** Rules and the instant from which they apply. */
export interface RulesSegment<Rules> {
  readonly since: Instant;
  readonly rules: Rules;
}

/**
 * The rules of one kind as recorded in the store. Until the record has been read, the rules of this instance's own
 * code apply to all time.
 */
export class RulesTimeline<Rules> implements RulesInForce<Rules> {
  readonly #read: (recorded: JsonObject) => Rules;
  readonly #complete: (history: readonly RulesSegment<Rules>[]) => Rules;
  #segments: readonly RulesSegment<Rules>[];

  /**
   * @param how.read checks recorded rules, which another version may have written; may throw
   * @param how.complete returns the last rules of a history, completed with what follows from the rules before them
   */
  constructor(
    own: Rules,
    how: {
      readonly read: (recorded: JsonObject) => Rules;
      readonly complete?: (history: readonly RulesSegment<Rules>[]) => Rules;
    },
  ) {
    this.#read = how.read;
    this.#complete = how.complete ?? ((history) => history.at(-1)!.rules);
    this.#segments = [{ since: 0 as Instant, rules: own }];
  }

  /**
   * Replaces the timeline with the recorded changes. Does nothing if they are older than the changes adopted before.
   *
   * @param changes those of this kind, oldest first
   * @throws {InvalidOptionError} for invalid rules: the timeline is then unchanged
   */
  adopt(changes: readonly RuleChange[]): void {
    const newest = changes.at(-1);
    if (!newest || (this.#segments.length > 1 && newest.since < this.#segments.at(-1)!.since)) return;
    const history = changes.map(({ since, rules }) => ({ since, rules: this.#read(rules) }));
    this.#segments = history.map(({ since }, index) => ({
      since,
      rules: this.#complete(history.slice(0, index + 1)),
    }));
  }

  at(asOf: Instant): Rules {
    return this.#segments[this.#indexAt(asOf)]!.rules;
  }

  until(asOf: Instant): Instant {
    return this.#segments[this.#indexAt(asOf) + 1]?.since ?? (Infinity as Instant);
  }

  /** The first rules also apply to all time before them. */
  #indexAt(asOf: Instant): number {
    return Math.max(
      0,
      this.#segments.findLastIndex(({ since }) => since <= asOf),
    );
  }
}
