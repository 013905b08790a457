import { GamekeeperError } from '../../engine/common/errors.ts';
import type { XpAward } from '../leaderboards/award-repository.ts';
import { toDate } from '../../engine/time/with-dates.ts';
import { iso, type Instant } from '../../engine/time/instant.ts';

/** XP was earned longer ago than `rules.leaderboards.maxAwardAgeDays` allows; nothing was counted. */
export class AwardTooOldError extends GamekeeperError<'AWARD_TOO_OLD'> {
  readonly earnedAt: Date;

  constructor(
    { awardId, earnedAt }: Pick<XpAward, 'awardId' | 'earnedAt'>,
    { now, maxAwardAgeDays }: { readonly now: Instant; readonly maxAwardAgeDays: number },
  ) {
    super(
      'AWARD_TOO_OLD',
      `Award ${JSON.stringify(awardId)} was earned at ${iso(earnedAt)}, more than ${maxAwardAgeDays} days before ${iso(now)}; give milliseconds, not seconds, since 1970; for XP from before, call gameplay.importXp, set rules.leaderboards.oldAwards to "all-time", or raise rules.leaderboards.maxAwardAgeDays.`,
    );
    this.earnedAt = toDate(earnedAt);
  }
}
