import type { Logger } from '../../engine/common/logger.ts';
import type { Outage } from '../../engine/health/outage.ts';
import { Outages } from '../../engine/health/outages.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { AwardOutcome } from '../leaderboards/award-repository.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { Board } from '../leaderboards/board.ts';
import { cacheOutage } from '../leaderboards/cache-outage.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import type { PeriodRepository } from '../leaderboards/period-repository.ts';
import type { UserId } from '../players/ids.ts';
import type { PlayerRepository } from '../players/player-repository.ts';

/** The collaborators of {@link CachedBoards}. */
export interface CachedBoardsPorts {
  readonly cache: LeaderboardCache;
  readonly boards: readonly Board[];
  readonly periods: PeriodRepository;
  readonly players: PlayerRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where outages of the cache are reported. If omitted, they are only logged. */
  readonly outages?: Outages;
}

/**
 * Updates the cached leaderboards after a commit: all boards at once, so that a slow cache costs a player its time
 * limit once. A failure is recorded as an outage and never thrown: the next recalculation repairs the cache.
 */
export class CachedBoards {
  readonly #ports: CachedBoardsPorts;
  readonly #outage: Outage;

  constructor(ports: CachedBoardsPorts) {
    this.#ports = ports;
    this.#outage = cacheOutage(ports.outages ?? new Outages(ports));
  }

  /** Shows the scores of an award. */
  async updateScores({ scores }: Pick<AwardOutcome, 'scores'>): Promise<void> {
    await Promise.all(
      scores.map(({ board, period, score }) =>
        this.#update({ board, period }, (cache, at) => cache.record(at, score)),
      ),
    );
  }

  /** Shows a player's current name. */
  async updateName(userId: UserId): Promise<void> {
    const { boards, periods, clock, logger, players } = this.#ports;
    try {
      const player = await players.find(userId);
      if (!player) return;
      const now = clock.now();
      await Promise.all(
        boards.map(async (board) => {
          const { period } = await periods.periodAt(board, now);
          await this.#update({ board, period }, (cache, at) => cache.rename(at, player));
        }),
      );
    } catch (error) {
      // The name is committed: the caller must not get an error for a quiz that has started.
      logger.warn(
        'a new name could not be read for the leaderboard caches; the next recalculation shows it',
        {
          player: userId,
          error: errorText(error),
        },
      );
    }
  }

  async #update(
    at: BoardPeriod,
    update: (cache: LeaderboardCache, at: BoardPeriod) => Promise<void>,
  ): Promise<void> {
    try {
      await update(this.#ports.cache, at);
      this.#outage.succeeded('update');
    } catch (error) {
      this.#outage.failed('update', error, { board: at.board.key, period: at.period.key });
    }
  }
}
