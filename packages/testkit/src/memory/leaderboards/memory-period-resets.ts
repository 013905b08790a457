import type { BatchProgress, Board, Instant, Transaction } from '@gamekeeper/core';
import type { BoundedPeriod, PeriodResets, ResetBatch, UnfinishedPeriod } from '@gamekeeper/core/ports';
import { boardKey as key, type MemoryBoardTables, type PeriodRow } from './memory-board-tables.ts';

/** The steps of resets in memory. */
export class MemoryPeriodResets implements PeriodResets {
  readonly #tables: MemoryBoardTables;

  constructor(tables: MemoryBoardTables) {
    this.#tables = tables;
  }

  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]> {
    return this.#tables.database.within(tx, () =>
      this.#tables
        .periodsOf(board)
        .filter(
          (period): period is PeriodRow & BoundedPeriod =>
            period.resetAt === null && period.endsAt !== null && period.endsAt <= through,
        )
        .map(({ key, startsAt, endsAt, sealedAt, players }) => ({
          key,
          startsAt,
          endsAt,
          sealedAt,
          players,
        })),
    );
  }

  seal(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<boolean> {
    return this.#tables.database.within(tx, (open) => {
      const record = this.#tables.periods.get(key(board, period.key));
      if (!record || record.sealedAt !== null || record.endsAt === null) return false;
      if (!dryRun && record.endsAt > this.#tables.database.clock.now()) return false;
      this.#tables.writePeriod(open, { ...record, sealedAt: tick });
      return true;
    });
  }

  archive(tx: Transaction, { board, period, after, limit }: ResetBatch): Promise<BatchProgress> {
    return this.#tables.database.within(tx, (open) => {
      const done = (after as number | null) ?? 0;
      const all = this.#tables
        .ordered({ board, period }, { limit: Infinity })
        .filter(({ score }) => score > 0);
      const rows = all.slice(done, done + limit);
      rows.forEach((row, index) => {
        const standing = {
          ...this.#tables.named(row),
          rank: done + index + 1,
          board: board.key,
          period: period.key,
        };
        this.#tables.archive.set(open, key(board, period.key, String(standing.rank)), standing);
      });
      const archived = done + rows.length;
      if (archived < all.length) return { processed: rows.length, next: archived };
      const record = this.#tables.periods.get(key(board, period.key));
      if (record?.players === null) this.#tables.writePeriod(open, { ...record, players: archived });
      return { processed: rows.length, next: null };
    });
  }

  carryOver(
    tx: Transaction,
    { board, period, to }: ResetBatch & { readonly to: BoundedPeriod },
  ): Promise<BatchProgress> {
    return this.#tables.database.within(tx, (open) => {
      const players = this.#tables.ordered({ board, period }, { limit: Infinity });
      const newcomers = this.#tables.isSealed(board, to.key)
        ? []
        : players.filter(
            ({ userId, erasedAs }) =>
              erasedAs === undefined && !this.#tables.scores.get(key(board, to.key, userId)),
          );
      for (const { userId } of newcomers) {
        this.#tables.scores.set(open, key(board, to.key, userId), {
          board: board.key,
          period: to.key,
          userId,
          score: 0,
          lastXpAt: null,
        });
      }
      return { processed: newcomers.length, next: null };
    });
  }

  clear(tx: Transaction, { board, period }: ResetBatch): Promise<BatchProgress> {
    return this.#tables.database.within(tx, (open) => {
      const rows = this.#tables.ordered({ board, period }, { limit: Infinity });
      for (const { userId } of rows) this.#tables.scores.delete(open, key(board, period.key, userId));
      return { processed: rows.length, next: null };
    });
  }

  finish(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void> {
    return this.#tables.database.within(tx, (open) => {
      const record = this.#tables.periods.get(key(board, period.key));
      if (record?.resetAt === null) this.#tables.writePeriod(open, { ...record, resetAt: tick });
    });
  }
}
