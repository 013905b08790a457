import { InvalidOptionError, type Transaction, type UserId } from '@gamekeeper/core';
import {
  type BoundedPeriod,
  type ImportTerms,
  type PeriodHistory,
  type PlayerHistory,
  type PlayerImport,
} from '@gamekeeper/core/ports';
import { importedEntry, importedLives, importedScore, importedStreak } from '@gamekeeper/core/game';
import { boardKey, type MemoryBoardTables } from '../leaderboards/memory-board-tables.ts';
import type { MemoryLivesRepository } from '../lives/memory-lives-repository.ts';
import type { MemoryStreakRepository } from '../streaks/memory-streak-repository.ts';
import type { MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryLogEntries } from './memory-player-log.ts';
import type { MemoryPlayerRepository } from './memory-player-repository.ts';

interface GameRepositories {
  readonly players: MemoryPlayerRepository;
  readonly lives: MemoryLivesRepository;
  readonly streaks: MemoryStreakRepository;
  readonly logEntries: MemoryLogEntries;
}

/** Imports of players in memory: applies core's rules, player by player. */
export class MemoryPlayerImport implements PlayerImport {
  readonly #tables: MemoryBoardTables;
  readonly #game: GameRepositories;

  constructor(tables: MemoryBoardTables, game: GameRepositories) {
    this.#tables = tables;
    this.#game = game;
  }

  importPlayers(
    tx: Transaction,
    players: readonly PlayerHistory[],
    terms: ImportTerms,
  ): Promise<readonly UserId[]> {
    return this.#tables.database.within(tx, (open) =>
      players.filter((player) => this.#import(open, player, terms)).map(({ userId }) => userId),
    );
  }

  #import(tx: MemoryTransaction, player: PlayerHistory, terms: ImportTerms): boolean {
    const { players, lives, streaks, logEntries } = this.#game;
    const { userId, username, xp } = player;
    if (players.isKnown(userId) || streaks.isKnown(userId)) return false;
    players.setName(tx, { userId, username });
    streaks.begin(tx, importedStreak(player, terms));
    const own = importedLives(player, terms);
    if (own) lives.begin(tx, own);
    logEntries.write(tx, [importedEntry(player, terms)]);
    this.#tables.xp.set(tx, userId, xp);
    for (const board of terms.boards) {
      const { period } = this.#tables.periodAt(board, terms.at);
      const score = importedScore(player, { board, period });
      if (!score || this.#tables.isClosed({ board, period })) continue;
      this.#tables.openPeriod(tx, { board, period });
      const key = boardKey(board, period.key, userId);
      if (!this.#tables.scores.get(key))
        this.#tables.scores.set(tx, key, {
          ...score,
          board: board.key,
          period: period.key,
          tieBreak: board.tieBreak,
        });
    }
    return true;
  }

  importPeriod(tx: Transaction, { board, period, standings }: PeriodHistory): Promise<boolean> {
    return this.#tables.database.within(tx, (open) => {
      if (period.endsAt > this.#tables.database.clock.now())
        throw new InvalidOptionError('period', period.key, 'must have ended');
      if (this.#tables.periods.get(boardKey(board, period.key))) return false;
      this.#assertFree({ board, period });
      standings.forEach((standing, index) => {
        const rank = index + 1;
        const row = { ...standing, rank, board: board.key, period: period.key };
        this.#tables.archive.set(open, boardKey(board, period.key, String(rank)), row);
      });
      const { key, startsAt, endsAt } = period;
      const end = { sealedAt: endsAt, players: standings.length, resetAt: endsAt };
      this.#tables.writePeriod(open, { board: board.key, key, startsAt, endsAt, ...end });
      return true;
    });
  }

  #assertFree({ board, period }: Pick<PeriodHistory, 'board'> & { readonly period: BoundedPeriod }): void {
    const overlapping = this.#tables
      .periodsOf(board)
      .find(
        ({ startsAt, endsAt }) =>
          startsAt !== null && endsAt !== null && startsAt < period.endsAt && endsAt > period.startsAt,
      );
    if (overlapping)
      throw new InvalidOptionError('period', period.key, `must not overlap the stored ${overlapping.key}`);
  }
}
