import type { Board, Standing, UserId } from '@gamekeeper/core';
import type { StandingsArchive, StoredEntry } from '@gamekeeper/core/ports';
import { standingEntry } from '@gamekeeper/core/game';
import { boardKey as key, type ArchiveRow, type MemoryBoardTables } from './memory-board-tables.ts';

/** Final standings in memory. */
export class MemoryStandingsArchive implements StandingsArchive {
  readonly #tables: MemoryBoardTables;

  constructor(tables: MemoryBoardTables) {
    this.#tables = tables;
  }

  list(
    { board, period }: { readonly board: Board; readonly period: string },
    { afterRank = 0, limit }: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#tables.database.within(undefined, () => {
      const standings: Standing[] = [];
      for (let rank = afterRank + 1; standings.length < limit; rank += 1) {
        const row = this.#tables.archive.get(key(board, period, String(rank)));
        if (!row) break;
        standings.push(standingOf(row));
      }
      return standings;
    });
  }

  find(
    { board, period }: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null> {
    return this.#tables.database.within(undefined, () => {
      const row = [...this.#tables.archive.values()].find(
        (candidate) =>
          candidate.board === board.key && candidate.period === period && candidate.userId === userId,
      );
      return row ? standingOf(row) : null;
    });
  }

  /** Returns what a player's log shows of periods whose reset has finished. */
  entriesOf(userId: UserId): readonly StoredEntry[] {
    return [...this.#tables.archive.values()].flatMap(({ board, period, rank, score, ...row }) => {
      const closed = this.#tables.periods.get(`${board} ${period}`);
      if (row.userId !== userId || !closed) return [];
      const { endsAt, sealedAt, players, resetAt } = closed;
      if (endsAt === null || sealedAt === null || players === null || resetAt === null) return [];
      return [standingEntry(userId, endsAt, { board, period, rank, score, players, sealedAt })];
    });
  }
}

function standingOf({ board: _board, period: _period, ...standing }: ArchiveRow): Standing {
  return standing;
}
