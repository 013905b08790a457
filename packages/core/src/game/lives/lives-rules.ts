import { wholeNumber } from '../../engine/common/options.ts';
import type { RulesSegment } from '../../engine/rules/rules-timeline.ts';
import { MINUTE_MS, addMs, type Instant } from '../../engine/time/instant.ts';

/** The parameters of the rules of lives. */
export interface LivesRules {
  /** The maximum number of lives. Default 5. */
  readonly maxLives: number;
  /** Minutes until the next life. Default 30. */
  readonly regenMinutes: number;
  /**
   * The past increases of the maximum, oldest first; default: none. Computed from the recorded rules, not set by the
   * host.
   */
  readonly raises?: readonly LivesRaise[];
}

/** An increase of the maximum, after which players with full lives were below it. */
export interface LivesRaise {
  /** The maximum before: players with at least this many lives were full. */
  readonly from: number;
  /** The maximum after. */
  readonly to: number;
  /** The end of these players' timer, which started with the change: no earlier tick gives them a life. */
  readonly notBefore: Instant;
}

export const defaultLivesRules: LivesRules = { maxLives: 5, regenMinutes: 30 };

/**
 * Returns the rules with defaults filled in.
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

/** Returns the newest rules of a history, with all increases of the maximum. */
export function withRaises(history: readonly RulesSegment<LivesRules>[]): LivesRules {
  const raises = history.flatMap(({ since, rules: { maxLives, regenMinutes } }, index) => {
    const from = history[index - 1]?.rules.maxLives ?? maxLives;
    return maxLives > from ? [{ from, to: maxLives, notBefore: addMs(since, regenMinutes * MINUTE_MS) }] : [];
  });
  const { rules } = history.at(-1)!;
  return raises.length === 0 ? rules : { ...rules, raises };
}

/** Returns the newest increase after which a player with this many lives was below the maximum. */
export function raiseOf(currentLives: number, { raises }: LivesRules): LivesRaise | undefined {
  return raises?.findLast(({ from, to }) => from <= currentLives && currentLives < to);
}
