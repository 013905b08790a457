import type { Transaction, UserId } from '@gamekeeper/core';
import type { Player, PlayerRepository } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { hasSnapshot } from '../database/isolation.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { assertSnapshotIsCurrent, renameOnBoards } from '../leaderboards/rename-locks.ts';

/** Players on PostgreSQL, in the rows of `player_progress`. */
export class PostgresPlayerRepository implements PlayerRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async upsert(
    tx: Transaction,
    player: { readonly userId: UserId; readonly username?: string; readonly protections: number },
  ): Promise<boolean> {
    const { isHostOwned } = PostgresTransaction.of(tx);
    return this.#database.within(tx, async (db) => {
      const renamed = await this.#introduce(db, player);
      if (renamed && player.username !== undefined)
        await renameOnBoards(db, this.#database, { ...player, username: player.username });
      // Our own transactions (READ COMMITTED) see every committed row.
      if (renamed && isHostOwned && (await hasSnapshot(db)))
        await assertSnapshotIsCurrent(db, this.#database.tables, player.userId);
      return renamed;
    });
  }

  async #introduce(
    db: Sql,
    { userId, username, protections }: Parameters<PlayerRepository['upsert']>[1],
  ): Promise<boolean> {
    // Primary key; locks the row only if a name is given.
    const rename =
      username === undefined
        ? sql`do nothing`
        : sql`do update set username = excluded.username where player.username <> excluded.username`;
    const { rows } = await sql<{ renamed: boolean }>`
      insert into ${this.#database.tables.progress} as player (user_id, username, streak_protections)
      values (${userId}, ${username ?? userId}, ${protections})
      on conflict (user_id) ${rename} returning xmax <> 0 as renamed
    `.execute(db);
    // A new row was not locked by any other transaction.
    return username !== undefined && rows.some((row) => row.renamed);
  }

  async find(userId: UserId, tx?: Transaction): Promise<Player | null> {
    const { rows } = await this.#database.within(tx, (db) =>
      sql<Player>`
        select user_id as "userId", username from ${this.#database.tables.progress} where user_id = ${userId}
      `.execute(db),
    );
    return rows[0] ?? null;
  }
}
