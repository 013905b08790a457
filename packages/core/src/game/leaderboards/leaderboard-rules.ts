import { InvalidOptionError } from '../../engine/common/errors.ts';
import { wholeNumber } from '../../engine/common/options.ts';

/**
 * What happens to an award that is too old for boards with periods: an error, or it counts on all-time boards only.
 */
export type OldAwards = 'refuse' | 'all-time';

/** The parameters of the rules of leaderboards. */
export interface LeaderboardRules {
  /** Seconds between the end of a period and its sealing, for awards that are still in transit. Default 10. */
  readonly sealGraceSeconds: number;
  /** The number of days for which XP can still be awarded after it was earned, by the host's clock. Default 35. */
  readonly maxAwardAgeDays: number;
  /** What happens to older awards. Default `refuse`. */
  readonly oldAwards: OldAwards;
}

export const defaultLeaderboardRules: LeaderboardRules = {
  sealGraceSeconds: 10,
  maxAwardAgeDays: 35,
  oldAwards: 'refuse',
};

/**
 * Returns the rules with defaults filled in.
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
