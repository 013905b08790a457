import type { Board, Transaction, UserId, XpAward } from '@gamekeeper/core';
import type {
  AwardOutcome,
  AwardRepository,
  BoardPeriod,
  NamedScore,
  NewPlayer,
  PlayerAwardsPage,
  StoredEntry,
} from '@gamekeeper/core/ports';
import { awardEntry, compareBytewise } from '@gamekeeper/core/game';
import { boardKey as key, type MemoryBoardTables } from './memory-board-tables.ts';
import { MemoryTable, type MemoryTransaction } from '../transactions/memory-database.ts';

/** Awards in memory. */
export class MemoryAwardRepository implements AwardRepository {
  readonly #awards = new MemoryTable<XpAward>();
  readonly #tables: MemoryBoardTables;

  constructor(tables: MemoryBoardTables) {
    this.#tables = tables;
  }

  record(
    tx: Transaction,
    award: XpAward,
    boards: readonly Board[],
    newPlayer?: NewPlayer,
  ): Promise<AwardOutcome> {
    return this.#tables.database.within(tx, (open) => {
      if (this.#awards.get(award.awardId)) return { counted: false, scores: [], late: [] };
      if (newPlayer) this.#tables.players.write(open, { userId: award.userId, ...newPlayer });
      const filings = boards.map((board) => ({
        board,
        period: this.#tables.periodAt(board, award.earnedAt).period,
      }));
      this.#awards.set(open, award.awardId, award);
      this.#tables.xp.set(open, award.userId, (this.#tables.xp.get(award.userId) ?? 0) + award.amount);
      const late = filings.filter((filing) => this.#tables.isClosed(filing));
      const scores = filings
        .filter((filing) => !late.includes(filing))
        .map(({ board, period }) => ({ board, period, score: this.#file(open, award, { board, period }) }));
      return { counted: true, scores, late };
    });
  }

  /** Removes a player's awards. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    const own = [...this.#awards.entries()].filter(([, award]) => award.userId === userId);
    for (const [key] of own) this.#awards.delete(tx, key);
    return own.length > 0;
  }

  /** Returns what a player's log shows of the awards. */
  entriesOf(userId: UserId): readonly StoredEntry[] {
    return [...this.#awards.values()].filter((award) => award.userId === userId).map(awardEntry);
  }

  xpOf(userId: UserId, tx?: Transaction): Promise<number> {
    return this.#tables.database.within(tx, () => this.#tables.xp.get(userId) ?? 0);
  }

  async listOf(userId: UserId, { before, limit }: PlayerAwardsPage): Promise<readonly XpAward[]> {
    return [...this.#awards.values()]
      .filter((award) => award.userId === userId && (!before || lastEarnedFirst(before, award) < 0))
      .toSorted(lastEarnedFirst)
      .slice(0, limit);
  }

  #file(
    tx: MemoryTransaction,
    { userId, amount, earnedAt }: XpAward,
    { board, period }: BoardPeriod,
  ): NamedScore {
    this.#tables.openPeriod(tx, { board, period });
    const before = this.#tables.scores.get(key(board, period.key, userId));
    const last = before?.lastXpAt ?? null;
    const lastXpAt = amount > 0 && (last === null || last < earnedAt) ? earnedAt : last;
    const row = {
      board: board.key,
      period: period.key,
      userId,
      score: (before?.score ?? 0) + amount,
      lastXpAt,
      tieBreak: board.tieBreak,
    };
    this.#tables.scores.set(tx, key(board, period.key, userId), row);
    return this.#tables.named(row);
  }
}

type Place = Pick<XpAward, 'awardId' | 'earnedAt'>;

function lastEarnedFirst(a: Place, b: Place): number {
  return b.earnedAt - a.earnedAt || compareBytewise(a.awardId, b.awardId);
}
