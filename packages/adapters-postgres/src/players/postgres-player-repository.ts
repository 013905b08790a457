import type { Transaction, UserId } from '@gamekeeper/core';
import type { Player, PlayerRepository } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { hasSnapshot } from '../database/isolation.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { PlayerRowMissingError } from '../mapping/mapping-errors.ts';
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
    const { tables } = this.#database;
    const { id, username: name, protections: left, createsRows, touch, ...columns } = tables.columns.progress;
    if (!createsRows) return this.#rename(db, userId, username);
    // Primary key; locks the row only if a name is given.
    const rename =
      username === undefined
        ? sql`do nothing`
        : sql`do update set ${name} = excluded.${name} ${touch} where player.${name} <> excluded.${name}`;
    const { rows } = await sql<{ renamed: boolean }>`
      insert into ${tables.progress} as player (${id}, ${name}, ${left} ${columns.newColumns})
      values (${id.parameter(userId)}, ${username ?? userId}, ${protections} ${columns.newValues})
      on conflict (${id}) ${rename} returning xmax <> 0 as renamed
    `.execute(db);
    // A new row was not locked by any other transaction.
    return username !== undefined && rows.some((row) => row.renamed);
  }

  /** Changes the name of a player whom the host has created. Primary key; locks the row if the name changes. */
  async #rename(db: Sql, userId: UserId, username: string | undefined): Promise<boolean> {
    const { tables } = this.#database;
    const { id, username: name, touch } = tables.columns.progress;
    const isPlayer = sql`${id} = ${id.parameter(userId)}`;
    const { rows } = await sql<{ known: boolean; renamed: boolean }>`
      with renamed as (
        update ${tables.progress} as player set ${name} = ${username ?? null}::text ${touch}
        where ${isPlayer} and ${name} <> ${username ?? null}::text returning 1
      )
      select exists (select from ${tables.progress} where ${isPlayer}) as known, exists (select from renamed) as renamed
    `.execute(db);
    if (!rows[0]!.known) throw new PlayerRowMissingError(tables.progressName, userId);
    return rows[0]!.renamed;
  }

  async find(userId: UserId, tx?: Transaction): Promise<Player | null> {
    const { progress, columns } = this.#database.tables;
    const { id, username } = columns.progress;
    const { rows } = await this.#database.within(tx, (db) =>
      sql<Player>`
        select ${id.read} as "userId", ${username} as username from ${progress} where ${id} = ${id.parameter(userId)}
      `.execute(db),
    );
    return rows[0] ?? null;
  }
}
