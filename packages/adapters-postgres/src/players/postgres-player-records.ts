import type { AwardId, Board, Transaction, UserId } from '@gamekeeper/core';
import type { ErasedPlayer, PlayerRecords } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { replaceInArchives } from '../leaderboards/archive-packs.ts';
import { holdPeriods } from '../leaderboards/hold-periods.ts';
import { deleteErasedPacks, eraseFromPacks } from '../events/erase-events.ts';
import type { IdColumn } from '../mapping/column.ts';
import { lockForErasure } from './erasure-locks.ts';
import { openFilings } from './import-statement.ts';
import { erasedEntries } from './streak-log.ts';

/** Corrections of players on PostgreSQL. */
export class PostgresPlayerRecords implements PlayerRecords {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Primary key; locks the player's row. */
  async hold(tx: Transaction, userId: UserId): Promise<boolean> {
    const { tables } = this.#database;
    const { id } = tables.columns.progress;
    const { rows } = await this.#database.within(tx, (db) =>
      sql`select from ${tables.progress} where ${id} = ${id.parameter(userId)} for no key update`.execute(db),
    );
    return rows.length > 0;
  }

  /** Primary keys; locks the player's rows, in the order in which an award does. */
  async deductXp(
    tx: Transaction,
    { userId, amount, at }: Parameters<PlayerRecords['deductXp']>[1],
    boards: readonly Board[],
  ): Promise<void> {
    const { tables, schema } = this.#database;
    await this.#database.within(tx, async (db) => {
      const none = { awardId: '' as AwardId, earnedAt: at };
      const filings = await openFilings(db, tables, await holdPeriods(db, { tables, schema }, boards, none));
      const { id, xp, touch } = tables.columns.progress;
      await sql`
        with player as (
          update ${tables.progress} as player set ${xp} = greatest(player.${xp} - ${String(amount)}::bigint, 0) ${touch}
          where ${id} = ${id.parameter(userId)} returning ${id.read} as user_id
        )
        update ${tables.rankings} as ranking set score = greatest(score - ${String(amount)}::bigint, 0)
        from player, unnest(
          ${filings.map(({ board }) => board.key)}::text[], ${filings.map(({ period }) => period.key)}::text[]
        ) as filing (board, period)
        where ranking.board = filing.board and ranking.period = filing.period and ranking.user_id = player.user_id
      `.execute(db);
    });
  }

  /** Primary keys, and indexes on players; events and failed items are read as a whole. Locks what it changes. */
  async erase(tx: Transaction, userId: UserId, replacement: ErasedPlayer): Promise<boolean> {
    const { tables } = this.#database;
    const { columns, progress, lives, streakEvaluations, lifeSpends, sessions, awards } = tables;
    const { rankings, periods, pendingCacheUpdates, outbox, jobItemFailures, playerLog } = tables;
    const { userId: user } = columns.sessions;
    await this.#database.within(tx, (db) => lockForErasure(db, this.#database, userId));
    const { rows } = await this.#database.within(tx, (db) =>
      sql<{ readonly erased: boolean }>`
        with player as (${erasedRow(progress, columns.progress, userId)}),
        alive as (${erasedRow(lives, columns.lives, userId)}),
        judged as (delete from ${streakEvaluations} where user_id = ${userId} returning 1),
        logged as (delete from ${playerLog} where user_id = ${userId} returning 1),
        judged_entries as (${erasedEntries(tables, userId)} returning 1),
        spent as (delete from ${lifeSpends} where user_id = ${userId} returning 1),
        played as (delete from ${sessions} where ${user} = ${user.parameter(userId)} returning 1),
        earned as (delete from ${awards} where user_id = ${userId} returning 1),
        ranked as (
          delete from ${rankings} as ranking using ${periods} as known
          where ranking.board = known.board and ranking.period = known.period and ranking.user_id = ${userId}
            and known.sealed_at is null
          returning 1
        ),
        sealed as (
          update ${rankings} as ranking
          set user_id = ${replacement.userId}, username = ${replacement.username} from ${periods} as known
          where ranking.board = known.board and ranking.period = known.period and ranking.user_id = ${userId}
            and known.sealed_at is not null
          returning 1
        ),
        pending as (delete from ${pendingCacheUpdates} where user_id = ${userId} returning 1),
        told as (
          delete from ${outbox} where payload ->> 'userId' = ${userId} and type <> 'PlayerErased' returning 1
        ),
        packed as (${eraseFromPacks(tables, userId)} returning 1),
        failed as (delete from ${jobItemFailures} where item = ${userId} returning 1)
        select exists (
          select from player union all select from alive union all select from spent union all select from played
          union all select from earned union all select from ranked union all select from sealed
          union all select from pending union all select from told union all select from packed
          union all select from failed union all select from logged union all select from judged_entries
        ) as erased
      `.execute(db),
    );
    return this.#database.within(tx, async (db) => {
      await deleteErasedPacks(tables).execute(db);
      const replaced = await replaceInArchives(db, tables, userId, replacement);
      return replaced || rows[0]!.erased;
    });
  }
}

/** A row that only the host creates is only the host's to delete. */
function erasedRow(
  table: RawBuilder<unknown>,
  { id, createsRows }: { readonly id: IdColumn; readonly createsRows: boolean },
  userId: UserId,
): RawBuilder<unknown> {
  const isPlayer = sql`${id} = ${id.parameter(userId)}`;
  return createsRows ? sql`delete from ${table} where ${isPlayer} returning 1` : sql`select 1 where false`;
}
