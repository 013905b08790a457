import { wholeNumber } from '../../engine/common/options.ts';

/** The numbers that the rules of streaks depend on. */
export interface StreakRules {
  /** A streak breaks when the last quiz is more than so many hours before a daily tick. Default 48. */
  readonly breakAfterHours: number;
  /** The most protections a player can hold. Default 2. */
  readonly maxProtections: number;
  /** Protections that a new player is given. Default 2. */
  readonly initialProtections: number;
}

export const defaultStreakRules: StreakRules = {
  breakAfterHours: 48,
  maxProtections: 2,
  initialProtections: 2,
};

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `rules.streaks.…`
 */
export function streakRules(options: Partial<StreakRules> = {}): StreakRules {
  const rules = { ...defaultStreakRules, ...options };
  const maxProtections = wholeNumber('rules.streaks.maxProtections', rules.maxProtections, {
    min: 0,
    max: 1_000,
  });
  return {
    breakAfterHours: wholeNumber('rules.streaks.breakAfterHours', rules.breakAfterHours, {
      min: 1,
      max: 8_760,
    }),
    maxProtections,
    initialProtections: wholeNumber(
      'rules.streaks.initialProtections',
      options.initialProtections ?? Math.min(rules.initialProtections, maxProtections),
      { min: 0, max: maxProtections },
    ),
  };
}
