import type { Transaction, UserId } from '@gamekeeper/core';
import type { Player, PlayerRepository } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { hasSnapshot } from '../database/isolation.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { assertSnapshotIsCurrent, lockForRename } from '../leaderboards/rename-locks.ts';

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
    // Primary key; locks the row only if a name changes.
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
    const renamed = username !== undefined && rows.some((row) => row.renamed);
    if (renamed) await this.#renameOnBoards(db, userId, username);
    return renamed;
  }

  /**
   * Shows a new name on the boards whose reset is not finished: a sealed board may still be carried over. A separate
   * statement: by now the player's row is locked, so it sees awards that held it, and rows carried over. Primary keys.
   */
  async #renameOnBoards(db: Sql, userId: UserId, username: string): Promise<void> {
    const { rankings, periods } = this.#database.tables;
    await lockForRename(db, this.#database.schema);
    await sql`
      update ${rankings} as ranking set username = ${username} from ${periods} as open
      where open.reset_at is null and ranking.board = open.board and ranking.period = open.period
        and ranking.user_id = ${userId} and ranking.username <> ${username}
    `.execute(db);
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
