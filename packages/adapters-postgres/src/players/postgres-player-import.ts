import { type AwardId, type Transaction, type UserId } from '@gamekeeper/core';
import type {
  BoardPeriod,
  ImportTerms,
  ImportedPage,
  PeriodHistory,
  PlayerHistory,
  PlayerImport,
  SelectedPage,
} from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { holdPeriods } from '../leaderboards/hold-periods.ts';
import { importPeriod } from './import-period.ts';
import { givenColumns, importCtes, openFilings, type WrittenRow } from './import-statement.ts';
import { assertSelect, importSelectedRows } from './select-players.ts';

/** Imports of players on PostgreSQL: one statement per batch. */
export class PostgresPlayerImport implements PlayerImport {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  importPlayers(
    tx: Transaction,
    players: readonly PlayerHistory[],
    terms: ImportTerms,
  ): Promise<readonly UserId[]> {
    return this.#database.within(tx, async (db) => {
      if (players.length === 0) return [];
      return this.#write(db, players, await this.#filings(db, terms), terms);
    });
  }

  importSelected(
    tx: Transaction,
    select: string,
    page: SelectedPage,
    terms: ImportTerms,
  ): Promise<ImportedPage> {
    return this.#database.within(tx, async (db) => {
      if (page.after === null) await assertSelect(db, select, terms);
      const filings = await this.#filings(db, terms);
      const { tables } = this.#database;
      const { unsure, ...written } = await importSelectedRows(db, tables, { select, page, filings, terms });
      const rest = await this.#write(db, unsure.map(page.check), filings, terms);
      return { ...written, imported: [...written.imported, ...rest] };
    });
  }

  importPeriod(tx: Transaction, history: PeriodHistory): Promise<boolean> {
    return this.#database.within(tx, (db) => importPeriod(db, this.#database.tables, history));
  }

  /** Holds the current periods open, as for an award. */
  async #filings(db: Sql, { boards, at }: ImportTerms): Promise<readonly BoardPeriod[]> {
    const { tables, schema } = this.#database;
    const none = { awardId: '' as AwardId, earnedAt: at };
    return openFilings(db, tables, await holdPeriods(db, { tables, schema }, boards, none));
  }

  async #write(
    db: Sql,
    players: readonly PlayerHistory[],
    filings: readonly BoardPeriod[],
    terms: ImportTerms,
  ): Promise<readonly UserId[]> {
    if (players.length === 0) return [];
    const { columns } = this.#database.tables;
    for (const { userId } of players)
      for (const { id } of [columns.lives, columns.progress]) id.check(userId);
    const { rows } = await sql<WrittenRow>`
      with given as materialized (
        select distinct on (user_id) *
        from rows from (pg_catalog.jsonb_to_recordset(${JSON.stringify(players.map(rowOf))}::jsonb) as (${sql.raw(givenColumns)}))
          with ordinality as given (user_id, username, xp, last_xp_at, period_xp, current_streak, longest_streak,
            last_quiz_at, protections, current_lives, next_regen_at, position)
        order by user_id, position
      ),
      ${importCtes(this.#database.tables, filings, terms)}
      select pg_catalog.jsonb_agg(user_id) as imported from fresh
    `.execute(db);
    return rows[0]!.imported ?? [];
  }
}

function rowOf({ userId, lastXpAt, lastQuizAt, nextRegenAt, ...player }: PlayerHistory): object {
  const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return {
    user_id: userId,
    username: player.username,
    xp: player.xp,
    last_xp_at: text(lastXpAt),
    period_xp: player.periodXp,
    current_streak: player.currentStreak,
    longest_streak: player.longestStreak,
    last_quiz_at: text(lastQuizAt),
    protections: player.protections,
    current_lives: player.currentLives,
    next_regen_at: text(nextRegenAt),
  };
}
