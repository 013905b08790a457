import type { Board, Instant, PeriodRecord, Standing, TieBreak } from '@gamekeeper/core';
import type { BoardPeriod, BoundedPeriod, NamedScore, ResolvedPeriod, Score } from '@gamekeeper/core/ports';
import { compareScores, periodAt, resolvePeriod } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryPlayerRepository } from '../players/memory-player-repository.ts';

/** A stored period of a board. */
export type PeriodRow = PeriodRecord & { readonly board: string };

/** A player's score in a period. */
export type ScoreRow = Score & {
  readonly board: string;
  readonly period: string;
  /** The order of ties in which an award was counted; none for a player who was carried over. */
  readonly tieBreak?: TieBreak;
  /** The name in place of an erased player's. */
  readonly erasedAs?: string;
};

/** A player's final standing in a period. */
export type ArchiveRow = Standing & { readonly board: string; readonly period: string };

/** The tables that awards, periods, rankings, resets and the archive share. Empty at first. */
export class MemoryBoardTables {
  readonly database: MemoryDatabase;
  readonly players: MemoryPlayerRepository;
  readonly scores: MemoryTable<ScoreRow> = new MemoryTable();
  readonly periods: MemoryTable<PeriodRow> = new MemoryTable();
  readonly archive: MemoryTable<ArchiveRow> = new MemoryTable();
  /** XP of all time by player. */
  readonly xp: MemoryTable<number> = new MemoryTable();

  constructor(database: MemoryDatabase, players: MemoryPlayerRepository) {
    this.database = database;
    this.players = players;
  }

  periodAt(board: Board, at: Instant): ResolvedPeriod {
    if (board.period === 'all') return { period: periodAt(board, at), isStored: true };
    const stored = this.periodsOf(board).filter(
      (period): period is PeriodRow & BoundedPeriod => period.startsAt !== null && period.endsAt !== null,
    );
    const { period, isStored } = resolvePeriod(board, at, {
      latest: stored.findLast(({ startsAt }) => startsAt <= at) ?? null,
      next: stored.find(({ startsAt }) => startsAt > at) ?? null,
      keys: stored.map(({ key: own }) => own),
    });
    const { key: own, startsAt, endsAt } = period;
    return { period: { key: own, startsAt, endsAt }, isStored };
  }

  openPeriod(tx: MemoryTransaction, { board, period }: BoardPeriod): void {
    if (this.periods.get(boardKey(board, period.key))) return;
    this.writePeriod(tx, newPeriod({ board, period }));
  }

  writePeriod(tx: MemoryTransaction, row: PeriodRow): void {
    this.periods.set(tx, `${row.board} ${row.key}`, row);
  }

  /** Returns whether a period is sealed, or was skipped by a reset that sealed a later one. */
  isClosed({ board, period: { key: own, endsAt } }: BoardPeriod): boolean {
    if (this.isSealed(board, own)) return true;
    if (endsAt === null) return false;
    return this.periodsOf(board).some(
      ({ startsAt, sealedAt }) => sealedAt !== null && startsAt !== null && startsAt >= endsAt,
    );
  }

  isSealed(board: Pick<Board, 'key'>, periodKey: string): boolean {
    const sealedAt = this.periods.get(boardKey(board, periodKey))?.sealedAt;
    return sealedAt !== undefined && sealedAt !== null;
  }

  periodsOf(board: Board): PeriodRow[] {
    return [...this.periods.values()]
      .filter((period) => period.board === board.key)
      .sort((a, b) => (a.startsAt ?? 0) - (b.startsAt ?? 0));
  }

  ordered(
    { board, period }: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): readonly ScoreRow[] {
    const { after, limit } = page;
    return [...this.scores.values()]
      .filter((row) => row.board === board.key && row.period === period.key)
      .filter((row) => after === undefined || compareScores(row, after, board.tieBreak) > 0)
      .sort((a, b) => compareScores(a, b, board.tieBreak))
      .slice(0, limit);
  }

  named({ userId, score, lastXpAt, erasedAs }: Score & Pick<ScoreRow, 'erasedAs'>): NamedScore {
    return { userId, username: erasedAs ?? this.players.nameOf(userId), score, lastXpAt };
  }
}

/** Returns the key of a board's row. */
export function boardKey(board: Pick<Board, 'key'>, ...parts: readonly string[]): string {
  return [board.key, ...parts].join(' ');
}

function newPeriod({ board, period: { key: name, startsAt, endsAt } }: BoardPeriod): PeriodRow {
  return { board: board.key, key: name, startsAt, endsAt, sealedAt: null, players: null, resetAt: null };
}
