import { wholeNumber } from '../options.ts';

/** The numbers that the rules of lives depend on. */
export interface LivesRules {
  /** The most lives a player can have. Default 5. */
  readonly maxLives: number;
  /** Minutes until the next life. Default 30. */
  readonly regenMinutes: number;
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
