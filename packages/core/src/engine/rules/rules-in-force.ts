import type { Instant } from '../time/instant.ts';

/** Rules that may change over time. */
export interface RulesInForce<Rules> {
  /** Returns the rules that apply at an instant. */
  at(asOf: Instant): Rules;
  /** Returns when the rules that apply at an instant are replaced; `Infinity` if no change is known. */
  until(asOf: Instant): Instant;
}

/** Rules as a caller passes them: constant, or with their history. */
export type RulesSource<Rules extends object> = Rules | RulesInForce<Rules>;

/** Returns rules with their history; constant rules apply to all time. */
export function asRulesInForce<Rules extends object>(rules: RulesSource<Rules>): RulesInForce<Rules> {
  if ('at' in rules) return rules;
  return { at: () => rules, until: () => Infinity as Instant };
}
