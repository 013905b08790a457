import type { Logger } from '../../engine/common/logger.ts';
import type { Outage } from '../../engine/health/outage.ts';
import { Outages } from '../../engine/health/outages.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { AwardOutcome } from '../leaderboards/award-repository.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { Board } from '../leaderboards/board.ts';
import { cacheOutage } from '../leaderboards/cache-outage.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import type { CacheUpdate, PendingCacheUpdates } from '../leaderboards/pending-cache-updates.ts';
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
  /** Where updates of hosts' transactions wait for the commit. If omitted, the host makes them itself. */
  readonly pending?: PendingCacheUpdates;
  /** Called when an update begins to wait for the commit of a host's transaction. */
  readonly expectUpdate?: () => void;
}

/**
 * Updates the cached leaderboards after a commit: all boards at once, so that a slow cache costs a player its time
 * limit once. A failure is recorded as an outage and never thrown: the next recalculation repairs the cache.
 *
 * Within a host's transaction the updates are kept in it, and made after its commit.
 */
export class CachedBoards {
  readonly #ports: CachedBoardsPorts;
  readonly #outage: Outage;

  constructor(ports: CachedBoardsPorts) {
    this.#ports = ports;
    this.#outage = cacheOutage(ports.outages ?? new Outages(ports));
  }

  /** Shows the scores of an award to a player: after the commit of the host's transaction, if there is one. */
  async showScores(
    userId: UserId,
    { scores }: Pick<AwardOutcome, 'scores'>,
    hosts?: Transaction,
  ): Promise<void> {
    if (!hosts) {
      await this.updateScores({ scores });
      return;
    }
    if (scores.length === 0) return;
    const kept = scores.map(({ board, period, score }) => ({ board: board.key, period, score }));
    await this.#keep(hosts, { kind: 'scores', userId, scores: kept });
  }

  /** Shows a player's new name: after the commit of the host's transaction, if there is one. */
  async showName(userId: UserId, hosts?: Transaction): Promise<void> {
    if (hosts) await this.#keep(hosts, { kind: 'name', userId });
    else await this.updateName(userId);
  }

  /** Makes an update whose transaction has committed. Returns whether it is done; boards that the host no longer has are. */
  async apply(update: CacheUpdate): Promise<boolean> {
    if (update.kind === 'name') return this.updateName(update.userId);
    return this.updateScores({
      scores: update.scores.flatMap(({ board: key, period, score }) => {
        const board = this.#ports.boards.find((known) => known.key === key);
        return board ? [{ board, period, score }] : [];
      }),
    });
  }

  /** Shows the scores of an award. Returns whether every board does now. */
  async updateScores({ scores }: Pick<AwardOutcome, 'scores'>): Promise<boolean> {
    const updates = scores.map(({ board, period, score }) =>
      this.#update({ board, period }, (cache, at) => cache.record(at, score)),
    );
    return (await Promise.all(updates)).every(Boolean);
  }

  /** Shows a player's current name. Returns whether every board does now. */
  async updateName(userId: UserId): Promise<boolean> {
    const { boards, periods, clock, logger, players } = this.#ports;
    try {
      const player = await players.find(userId);
      if (!player) return true;
      const now = clock.now();
      const updates = boards.map(async (board) => {
        const { period } = await periods.periodAt(board, now);
        return this.#update({ board, period }, (cache, at) => cache.rename(at, player));
      });
      return (await Promise.all(updates)).every(Boolean);
    } catch (error) {
      // The name is committed: the caller must not get an error for a quiz that has started.
      logger.warn(
        'a new name could not be read for the leaderboard caches; the next recalculation shows it',
        {
          player: userId,
          error: errorText(error),
        },
      );
      return false;
    }
  }

  async #keep(hosts: Transaction, update: CacheUpdate): Promise<void> {
    const { pending, expectUpdate } = this.#ports;
    if (!pending) return;
    await pending.append(hosts, update);
    expectUpdate?.();
  }

  async #update(
    at: BoardPeriod,
    update: (cache: LeaderboardCache, at: BoardPeriod) => Promise<void>,
  ): Promise<boolean> {
    try {
      await update(this.#ports.cache, at);
      this.#outage.succeeded('update');
      return true;
    } catch (error) {
      this.#outage.failed('update', error, { board: at.board.key, period: at.period.key });
      return false;
    }
  }
}
