import { defaultStreakRules, type Transaction, type UserId } from '@gamekeeper/core';
import { type Player, type PlayerRepository } from '@gamekeeper/core/ports';
import { freshStreak } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryStreakRepository } from '../streaks/memory-streak-repository.ts';

/** Players in memory. */
export class MemoryPlayerRepository implements PlayerRepository {
  readonly #database: MemoryDatabase;
  readonly #streaks: MemoryStreakRepository;
  readonly #players = new MemoryTable<Player>();

  constructor(database: MemoryDatabase, streaks: MemoryStreakRepository) {
    this.#database = database;
    this.#streaks = streaks;
  }

  upsert(
    tx: Transaction,
    player: { readonly userId: UserId; readonly username?: string; readonly protections: number },
  ): Promise<boolean> {
    return this.#database.within(tx, (open) => this.write(open, player));
  }

  /** {@link upsert} for repositories that share the players. */
  write(tx: MemoryTransaction, player: Parameters<PlayerRepository['upsert']>[1]): boolean {
    const { userId, protections } = player;
    const known = this.#players.get(userId);
    const username = player.username ?? this.nameOf(userId);
    this.#players.set(tx, userId, { userId, username });
    this.#streaks.begin(tx, freshStreak(userId, { ...defaultStreakRules, initialProtections: protections }));
    return known !== undefined && known.username !== username;
  }

  find(userId: UserId, tx?: Transaction): Promise<Player | null> {
    return this.#database.within(tx, () => this.#players.get(userId) ?? null);
  }

  isKnown(userId: UserId): boolean {
    return this.#players.get(userId) !== undefined;
  }

  /** Removes a player. Returns whether there was one. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    const known = this.isKnown(userId);
    this.#players.delete(tx, userId);
    return known;
  }

  /** Sets the name of a player, known or new. */
  setName(tx: MemoryTransaction, player: Player): void {
    this.#players.set(tx, player.userId, player);
  }

  /** Returns the name to show for an id. */
  nameOf(userId: UserId): string {
    return this.#players.get(userId)?.username ?? userId;
  }
}
