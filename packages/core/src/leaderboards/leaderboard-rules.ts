import { wholeNumber } from '../options.ts';

/** The numbers that the rules of leaderboards depend on. */
export interface LeaderboardRules {
  /** Seconds after the end of a period before it is sealed, for awards that are still on their way. Default 10. */
  readonly sealGraceSeconds: number;
}

export const defaultLeaderboardRules: LeaderboardRules = { sealGraceSeconds: 10 };

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `rules.leaderboards.…`
 */
export function leaderboardRules(options: Partial<LeaderboardRules> = {}): LeaderboardRules {
  const { sealGraceSeconds } = { ...defaultLeaderboardRules, ...options };
  return {
    sealGraceSeconds: wholeNumber('rules.leaderboards.sealGraceSeconds', sealGraceSeconds, {
      min: 0,
      max: 3_600,
    }),
  };
}
