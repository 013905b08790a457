import type { Instant } from '../time/instant.ts';

/** Rules that may change over time. */
export interface RulesInForce<Rules> {
  /** The rules at an instant. */
  at(asOf: Instant): Rules;
  /** When the rules at an instant are replaced; `Infinity` where nothing is known of that. */
  until(asOf: Instant): Instant;
}

/** Rules as they are given to whoever follows them: the same for all time, or with their history. */
export type RulesSource<Rules extends object> = Rules | RulesInForce<Rules>;

/** Rules with their history; those that have none are the same for all time. */
export function asRulesInForce<Rules extends object>(rules: RulesSource<Rules>): RulesInForce<Rules> {
  if ('at' in rules) return rules;
  return { at: () => rules, until: () => Infinity as Instant };
}
