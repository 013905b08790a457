import { type Board, type Transaction, type UserId } from '@gamekeeper/core';
import { type ErasedPlayer, type PlayerRecords } from '@gamekeeper/core/ports';
import type { MemoryOutbox } from '../events/memory-outbox.ts';
import type { MemoryFailedItems } from '../jobs/memory-failed-items.ts';
import type { MemoryAwardRepository } from '../leaderboards/memory-award-repository.ts';
import { boardKey, type MemoryBoardTables } from '../leaderboards/memory-board-tables.ts';
import type { MemoryPendingCacheUpdates } from '../leaderboards/memory-pending-cache-updates.ts';
import type { MemoryLivesRepository } from '../lives/memory-lives-repository.ts';
import type { MemorySessionRepository } from '../sessions/memory-session-repository.ts';
import type { MemoryStreakRepository } from '../streaks/memory-streak-repository.ts';
import type { MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryLogEntries } from './memory-player-log.ts';
import type { MemoryPlayerRepository } from './memory-player-repository.ts';

/** What has something about players. */
export interface PlayerTables {
  readonly players: MemoryPlayerRepository;
  readonly lives: MemoryLivesRepository;
  readonly streaks: MemoryStreakRepository;
  readonly sessions: MemorySessionRepository;
  readonly outbox: MemoryOutbox;
  readonly failedItems: MemoryFailedItems;
  readonly logEntries: MemoryLogEntries;
}

/** Corrections of players in memory. */
export class MemoryPlayerRecords implements PlayerRecords {
  readonly #tables: MemoryBoardTables;
  readonly #awards: MemoryAwardRepository;
  readonly #game: PlayerTables & { readonly pendingCacheUpdates: MemoryPendingCacheUpdates };

  constructor(
    tables: MemoryBoardTables,
    awards: MemoryAwardRepository,
    game: PlayerTables & { readonly pendingCacheUpdates: MemoryPendingCacheUpdates },
  ) {
    this.#tables = tables;
    this.#awards = awards;
    this.#game = game;
  }

  hold(tx: Transaction, userId: UserId): Promise<boolean> {
    return this.#tables.database.within(tx, () => this.#game.players.isKnown(userId));
  }

  deductXp(
    tx: Transaction,
    { userId, amount, at }: Parameters<PlayerRecords['deductXp']>[1],
    boards: readonly Board[],
  ): Promise<void> {
    return this.#tables.database.within(tx, (open) => {
      const { xp, scores } = this.#tables;
      const before = xp.get(userId);
      if (before !== undefined) xp.set(open, userId, Math.max(0, before - amount));
      for (const board of boards) {
        const { period } = this.#tables.periodAt(board, at);
        const key = boardKey(board, period.key, userId);
        const row = scores.get(key);
        if (!row || this.#tables.isClosed({ board, period })) continue;
        scores.set(open, key, { ...row, score: Math.max(0, row.score - amount) });
      }
    });
  }

  erase(tx: Transaction, userId: UserId, replacement: ErasedPlayer): Promise<boolean> {
    return this.#tables.database.within(tx, (open) => {
      const { players, lives, streaks, sessions, outbox, failedItems, pendingCacheUpdates, logEntries } =
        this.#game;
      const erased = [
        players,
        lives,
        streaks,
        sessions,
        outbox,
        failedItems,
        pendingCacheUpdates,
        logEntries,
        this.#awards,
      ].map((one) => one.erase(open, userId));
      return [...erased, this.#eraseFromBoards(open, userId, replacement)].some(Boolean);
    });
  }

  #eraseFromBoards(tx: MemoryTransaction, userId: UserId, replacement: ErasedPlayer): boolean {
    const { xp, scores, archive } = this.#tables;
    const own = [...scores.entries()].filter(([, row]) => row.userId === userId);
    const { userId: replacedBy, username: erasedAs } = replacement;
    for (const [key, row] of own) {
      const board = { key: row.board };
      scores.delete(tx, key);
      if (this.#tables.isSealed(board, row.period))
        scores.set(tx, boardKey(board, row.period, replacedBy), { ...row, userId: replacedBy, erasedAs });
    }
    const archived = [...archive.entries()].filter(([, row]) => row.userId === userId);
    for (const [key, row] of archived) archive.set(tx, key, { ...row, ...replacement });
    const hadXp = xp.get(userId) !== undefined;
    xp.delete(tx, userId);
    return own.length + archived.length > 0 || hadXp;
  }
}
