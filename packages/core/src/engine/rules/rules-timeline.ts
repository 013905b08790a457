import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';
import type { RuleChange } from './rule-history.ts';
import type { RulesInForce } from './rules-in-force.ts';

/** Rules, and from when on they are in force. */
export interface RulesSegment<Rules> {
  readonly since: Instant;
  readonly rules: Rules;
}

/**
 * The rules of one kind as the store has them on record. Until the record is known they are those of this instance's
 * own code, for all time.
 */
export class RulesTimeline<Rules> implements RulesInForce<Rules> {
  readonly #read: (recorded: JsonObject) => Rules;
  readonly #complete: (history: readonly RulesSegment<Rules>[]) => Rules;
  #segments: readonly RulesSegment<Rules>[];

  /**
   * @param how.read checks rules of the record, which another version may have written; may throw
   * @param how.complete gives the last of some rules what follows from those before it
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
   * Takes over what is on record: nothing, where that is older than what was taken over before.
   *
   * @param changes those of this kind, oldest first
   * @throws {InvalidOptionError} for rules that cannot be: then all stays as it was
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

  /** The first rules count for all time before, too. */
  #indexAt(asOf: Instant): number {
    return Math.max(
      0,
      this.#segments.findLastIndex(({ since }) => since <= asOf),
    );
  }
}
