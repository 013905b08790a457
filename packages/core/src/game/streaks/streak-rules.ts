import { wholeNumber } from '../../engine/common/options.ts';

/** The parameters of the rules of streaks. */
export interface StreakRules {
  /** A streak breaks if the last quiz is more than this many hours before a daily tick. Default 48. */
  readonly breakAfterHours: number;
  /** The maximum number of protections of a player. Default 2. */
  readonly maxProtections: number;
  /** The number of protections of a new player. Default 2. */
  readonly initialProtections: number;
}

export const defaultStreakRules: StreakRules = {
  breakAfterHours: 48,
  maxProtections: 2,
  initialProtections: 2,
};

/**
 * Returns the rules with defaults filled in.
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
      options.initialProtections === undefined
        ? Math.min(defaultStreakRules.initialProtections, maxProtections)
        : options.initialProtections,
      { min: 0, max: maxProtections },
    ),
  };
}
