import { wholeNumber } from '../../engine/common/options.ts';
import type { RulesSegment } from '../../engine/rules/rules-timeline.ts';
import { MINUTE_MS, addMs, type Instant } from '../../engine/time/instant.ts';

/** The numbers that the rules of lives depend on. */
export interface LivesRules {
  /** The most lives a player can have. Default 5. */
  readonly maxLives: number;
  /** Minutes until the next life. Default 30. */
  readonly regenMinutes: number;
  /** How the maximum was raised up to now, oldest first; none unless given. The history of the rules says it, not the host. */
  readonly raises?: readonly LivesRaise[];
}

/** A change of rules by which players who were full came below the maximum. */
export interface LivesRaise {
  /** The maximum before: whoever held so many lives or more was full. */
  readonly from: number;
  /** The maximum after. */
  readonly to: number;
  /** Their timer began with the change, so it ends here: no tick before gives them a life. */
  readonly notBefore: Instant;
}

export const defaultLivesRules: LivesRules = { maxLives: 5, regenMinutes: 30 };

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `rules.lives.…`
 */
export function livesRules(options: Partial<LivesRules> = {}): LivesRules {
  const rules = { ...defaultLivesRules, ...options };
  return {
    maxLives: wholeNumber('rules.lives.maxLives', rules.maxLives, { min: 1, max: 1_000 }),
    regenMinutes: wholeNumber('rules.lives.regenMinutes', rules.regenMinutes, { min: 1, max: 525_600 }),
  };
}

/** The newest of some rules, with the raises of the maximum that led to them. */
export function withRaises(history: readonly RulesSegment<LivesRules>[]): LivesRules {
  const raises = history.flatMap(({ since, rules: { maxLives, regenMinutes } }, index) => {
    const from = history[index - 1]?.rules.maxLives ?? maxLives;
    return maxLives > from ? [{ from, to: maxLives, notBefore: addMs(since, regenMinutes * MINUTE_MS) }] : [];
  });
  const { rules } = history.at(-1)!;
  return raises.length === 0 ? rules : { ...rules, raises };
}

/** The newest raise by which a player with so many lives came below the maximum. */
export function raiseOf(currentLives: number, { raises }: LivesRules): LivesRaise | undefined {
  return raises?.findLast(({ from, to }) => from <= currentLives && currentLives < to);
}
