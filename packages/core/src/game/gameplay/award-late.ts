import type { AwardLate } from '../events/game-events.ts';
import type { XpAward } from '../leaderboards/award-repository.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { RecordedEntry } from '../players/player-log.ts';

/** Returns the event of an award for a sealed period. */
export function awardLate(award: XpAward, { board, period }: BoardPeriod): AwardLate {
  const { awardId, userId, amount, earnedAt } = award;
  return {
    type: 'AwardLate',
    key: `AwardLate:${board.key}:${period.key}:${awardId}`,
    occurredAt: earnedAt,
    payload: { userId, awardId, board: board.key, period: period.key, amount },
  };
}

/** Returns what the player's log keeps of it. */
export function lateEntry(award: XpAward, { board, period }: BoardPeriod): RecordedEntry {
  const { awardId, userId, amount, earnedAt } = award;
  return {
    userId,
    at: earnedAt,
    entry: `late:${board.key}:${period.key}:${awardId}`,
    kind: 'award-late',
    details: { awardId, board: board.key, period: period.key, amount },
  };
}
