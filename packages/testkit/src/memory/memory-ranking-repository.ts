import {
  type Board,
  type Instant,
  type PeriodRecord,
  type Standing,
  type Transaction,
  type UserId,
  type XpAward,
} from '@gamekeeper/core';
import {
  type AwardOutcome,
  type BoardPeriod,
  type BoundedPeriod,
  type ResolvedPeriod,
  type NamedScore,
  type Period,
  type RankingRepository,
  type ResetBatch,
  type ResetProgress,
  type Score,
  type ScorePages,
  type UnfinishedPeriod,
} from '@gamekeeper/core/ports';
import { compareScores, resolvePeriod, periodAt } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from './memory-database.ts';
import type { MemoryPlayerRepository } from './memory-player-repository.ts';

type PeriodRow = PeriodRecord & { readonly board: string };
type ScoreRow = Score & { readonly board: string; readonly period: string };
type ArchiveRow = Standing & { readonly board: string; readonly period: string };

/** Scores, periods and archive in memory. */
export class MemoryRankingRepository implements RankingRepository {
  readonly #database: MemoryDatabase;
  readonly #players: MemoryPlayerRepository;
  readonly #awards = new MemoryTable<XpAward>();
  readonly #xp = new MemoryTable<number>();
  readonly #scores = new MemoryTable<ScoreRow>();
  readonly #periods = new MemoryTable<PeriodRow>();
  readonly #archive = new MemoryTable<ArchiveRow>();

  constructor(database: MemoryDatabase, players: MemoryPlayerRepository) {
    this.#database = database;
    this.#players = players;
  }

  award(tx: Transaction, award: XpAward, boards: readonly Board[]): Promise<AwardOutcome> {
    return this.#database.within(tx, (open) => {
      if (this.#awards.get(award.awardId)) return { counted: false, scores: [], late: [] };
      const filings = boards.map((board) => ({ board, period: this.#find(board, award.earnedAt).period }));
      this.#awards.set(open, award.awardId, award);
      this.#xp.set(open, award.userId, (this.#xp.get(award.userId) ?? 0) + award.amount);
      const late = filings.filter((filing) => this.#isClosed(filing));
      const scores = filings
        .filter((filing) => !late.includes(filing))
        .map(({ board, period }) => ({ board, period, score: this.#file(open, award, { board, period }) }));
      return { counted: true, scores, late };
    });
  }

  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod> {
    return this.#database.within(tx, () => this.#find(board, at));
  }

  open(tx: Transaction, board: Board, at: Instant): Promise<Period> {
    return this.#database.within(tx, (open) => {
      const { period } = this.#find(board, at);
      this.#openPeriod(open, { board, period });
      return period;
    });
  }

  xpOf(userId: UserId, tx?: Transaction): Promise<number> {
    return this.#database.within(tx, () => this.#xp.get(userId) ?? 0);
  }

  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]> {
    return this.#database.within(tx, () => this.#ordered(at, page).map((row) => this.#named(row)));
  }

  async allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages> {
    return (page) => this.scores(at, page, tx);
  }

  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]> {
    return this.#database.within(tx, () =>
      this.#periodsOf(board)
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
    return this.#database.within(tx, (open) => {
      const record = this.#periods.get(key(board, period.key));
      if (!record || record.sealedAt !== null || record.endsAt === null) return false;
      if (!dryRun && record.endsAt > this.#database.clock.now()) return false;
      this.#writePeriod(open, { ...record, sealedAt: tick });
      return true;
    });
  }

  archive(tx: Transaction, { board, period, after, limit }: ResetBatch): Promise<ResetProgress> {
    return this.#database.within(tx, (open) => {
      const done = (after as number | null) ?? 0;
      const all = this.#ordered({ board, period }, { limit: Infinity }).filter(({ score }) => score > 0);
      const rows = all.slice(done, done + limit);
      rows.forEach((row, index) => {
        const standing = {
          ...this.#named(row),
          rank: done + index + 1,
          board: board.key,
          period: period.key,
        };
        this.#archive.set(open, key(board, period.key, String(standing.rank)), standing);
      });
      const archived = done + rows.length;
      if (archived < all.length) return { processed: rows.length, next: archived };
      const record = this.#periods.get(key(board, period.key));
      if (record?.players === null) this.#writePeriod(open, { ...record, players: archived });
      return { processed: rows.length, next: null };
    });
  }

  carryOver(
    tx: Transaction,
    { board, period, to }: ResetBatch & { readonly to: BoundedPeriod },
  ): Promise<ResetProgress> {
    return this.#database.within(tx, (open) => {
      const players = this.#ordered({ board, period }, { limit: Infinity });
      const newcomers = this.#isSealed(board, to.key)
        ? []
        : players.filter(({ userId }) => !this.#scores.get(key(board, to.key, userId)));
      for (const { userId } of newcomers) {
        this.#scores.set(open, key(board, to.key, userId), {
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

  clear(tx: Transaction, { board, period }: ResetBatch): Promise<ResetProgress> {
    return this.#database.within(tx, (open) => {
      const rows = this.#ordered({ board, period }, { limit: Infinity });
      for (const { userId } of rows) this.#scores.delete(open, key(board, period.key, userId));
      return { processed: rows.length, next: null };
    });
  }

  finish(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void> {
    return this.#database.within(tx, (open) => {
      const record = this.#periods.get(key(board, period.key));
      if (record?.resetAt === null) this.#writePeriod(open, { ...record, resetAt: tick });
    });
  }

  period(board: Board, periodKey: string): Promise<PeriodRecord | null> {
    return this.#database.within(undefined, () => {
      const row = this.#periods.get(key(board, periodKey));
      return row ? recordOf(row) : null;
    });
  }

  periods(
    board: Board,
    { before, limit }: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]> {
    return this.#database.within(tx, () => {
      const newestFirst = this.#periodsOf(board).reverse();
      const from = before === undefined ? 0 : newestFirst.findIndex(({ key: own }) => own === before) + 1;
      if (before !== undefined && from === 0) return [];
      return newestFirst.slice(from, from + limit).map(recordOf);
    });
  }

  archived(
    { board, period }: { readonly board: Board; readonly period: string },
    { afterRank = 0, limit }: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#database.within(undefined, () => {
      const standings: Standing[] = [];
      for (let rank = afterRank + 1; standings.length < limit; rank += 1) {
        const row = this.#archive.get(key(board, period, String(rank)));
        if (!row) break;
        standings.push(standingOf(row));
      }
      return standings;
    });
  }

  archivedStanding(
    { board, period }: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null> {
    return this.#database.within(undefined, () => {
      const row = [...this.#archive.values()].find(
        (candidate) =>
          candidate.board === board.key && candidate.period === period && candidate.userId === userId,
      );
      return row ? standingOf(row) : null;
    });
  }

  #file(
    tx: MemoryTransaction,
    { userId, amount, earnedAt }: XpAward,
    { board, period }: BoardPeriod,
  ): NamedScore {
    this.#openPeriod(tx, { board, period });
    const before = this.#scores.get(key(board, period.key, userId));
    const last = before?.lastXpAt ?? null;
    const lastXpAt = amount > 0 && (last === null || last < earnedAt) ? earnedAt : last;
    const row = {
      board: board.key,
      period: period.key,
      userId,
      score: (before?.score ?? 0) + amount,
      lastXpAt,
    };
    this.#scores.set(tx, key(board, period.key, userId), row);
    return this.#named(row);
  }

  #find(board: Board, at: Instant): ResolvedPeriod {
    if (board.period === 'all') return { period: periodAt(board, at), isStored: true };
    const stored = this.#periodsOf(board).filter(
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

  #openPeriod(tx: MemoryTransaction, { board, period }: BoardPeriod): void {
    if (this.#periods.get(key(board, period.key))) return;
    this.#writePeriod(tx, newPeriod({ board, period }));
  }

  #writePeriod(tx: MemoryTransaction, row: PeriodRow): void {
    this.#periods.set(tx, `${row.board} ${row.key}`, row);
  }

  /** Sealed, or passed over by the reset that sealed a later one. */
  #isClosed({ board, period: { key: own, endsAt } }: BoardPeriod): boolean {
    if (this.#isSealed(board, own)) return true;
    if (endsAt === null) return false;
    return this.#periodsOf(board).some(
      ({ startsAt, sealedAt }) => sealedAt !== null && startsAt !== null && startsAt >= endsAt,
    );
  }

  #isSealed(board: Board, periodKey: string): boolean {
    const sealedAt = this.#periods.get(key(board, periodKey))?.sealedAt;
    return sealedAt !== undefined && sealedAt !== null;
  }

  #periodsOf(board: Board): PeriodRow[] {
    return [...this.#periods.values()]
      .filter((period) => period.board === board.key)
      .sort((a, b) => (a.startsAt ?? 0) - (b.startsAt ?? 0));
  }

  #ordered(
    { board, period }: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): readonly ScoreRow[] {
    const { after, limit } = page;
    return [...this.#scores.values()]
      .filter((row) => row.board === board.key && row.period === period.key)
      .filter((row) => after === undefined || compareScores(row, after, board.tieBreak) > 0)
      .sort((a, b) => compareScores(a, b, board.tieBreak))
      .slice(0, limit);
  }

  #named({ userId, score, lastXpAt }: Score): NamedScore {
    return { userId, username: this.#players.nameOf(userId), score, lastXpAt };
  }
}

function key(board: Board, ...parts: readonly string[]): string {
  return [board.key, ...parts].join(' ');
}

function newPeriod({ board, period: { key: name, startsAt, endsAt } }: BoardPeriod): PeriodRow {
  return { board: board.key, key: name, startsAt, endsAt, sealedAt: null, players: null, resetAt: null };
}

function recordOf({ board: _board, ...record }: PeriodRow): PeriodRecord {
  return record;
}

function standingOf({ board: _board, period: _period, ...standing }: ArchiveRow): Standing {
  return standing;
}
