import { InvalidOptionError } from '../../engine/common/errors.ts';
import { wholeNumber } from '../../engine/common/options.ts';

/** What becomes of an award that is too old for boards with periods: an error, or it counts for all-time boards alone. */
export type OldAwards = 'refuse' | 'all-time';

/** The numbers that the rules of leaderboards depend on. */
export interface LeaderboardRules {
  /** Seconds after the end of a period before it is sealed, for awards that are still on their way. Default 10. */
  readonly sealGraceSeconds: number;
  /** Days for which XP can be awarded after it was earned, by the host's clock. Default 35. */
  readonly maxAwardAgeDays: number;
  /** What becomes of awards that are older. Default `refuse`. */
  readonly oldAwards: OldAwards;
}

export const defaultLeaderboardRules: LeaderboardRules = {
  sealGraceSeconds: 10,
  maxAwardAgeDays: 35,
  oldAwards: 'refuse',
};

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `rules.leaderboards.…`
 */
export function leaderboardRules(options: Partial<LeaderboardRules> = {}): LeaderboardRules {
  const { sealGraceSeconds, maxAwardAgeDays, oldAwards } = { ...defaultLeaderboardRules, ...options };
  if (oldAwards !== 'refuse' && oldAwards !== 'all-time') {
    throw new InvalidOptionError('rules.leaderboards.oldAwards', oldAwards, 'must be "refuse" or "all-time"');
  }
  return {
    sealGraceSeconds: wholeNumber('rules.leaderboards.sealGraceSeconds', sealGraceSeconds, {
      min: 0,
      max: 3_600,
    }),
    maxAwardAgeDays: wholeNumber('rules.leaderboards.maxAwardAgeDays', maxAwardAgeDays, {
      min: 1,
      max: 36_500,
    }),
    oldAwards,
  };
}
