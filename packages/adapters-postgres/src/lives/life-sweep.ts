import {
  MINUTE_MS,
  later,
  livesRefilledKeyPrefix,
  type Instant,
  type Json,
  type LivesRules,
  type RegenerateDue,
  type RegenerateDueResult,
} from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';

/**
 * Where a sweep stands: in the table's pages, before `page` of `pages`, or (`null` at the start, `'rest'` after the
 * pages) with whoever the index still finds due.
 */
type Cursor = null | 'rest' | { readonly page: number; readonly pages: number; readonly rowsPerPage: number };

/** From this share of the table on (or this many rows), going through its pages beats going through the index. */
const LARGE_SHARE = 0.05;
const LARGE_COUNT = 200_000;

/** What a page holds when the table has not been analysed yet. */
const TYPICAL_ROWS_PER_PAGE = 100;

/**
 * Gives lives to all who are due at a tick, a batch at a time and each batch in one statement, events included.
 *
 * A few are found through the index. A crowd is found page by page in the order of the table, which writes each page
 * once and costs about what a single UPDATE of everything does. Rows that move to another page meanwhile are found by
 * the index at the end, so nobody is left out; whoever was given a life is not due any more, so nobody gets two.
 */
export class LifeSweep {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async next(db: Sql, batch: RegenerateDue): Promise<RegenerateDueResult> {
    const cursor = batch.after as Cursor;
    if (cursor !== null && cursor !== 'rest') return this.#throughPages(db, batch, cursor);
    const { found, processed } = await this.#throughIndex(db, batch);
    // Fewer given than found: somebody changed under our hands and may still be due.
    if (found < batch.limit && processed === found) return { processed, next: null };
    const crowd = cursor === null ? await this.#crowd(db, batch) : null;
    return { processed, next: (crowd ?? 'rest') as Json };
  }

  /** Locks the rows that it updates, found by the index on (current_lives, next_regen_at). */
  async #throughIndex(
    db: Sql,
    batch: RegenerateDue,
  ): Promise<{ readonly found: number; readonly processed: number }> {
    const { rows } = await sql<{ found: number; processed: number }>`
      with due as materialized (
        select ctid from ${this.#tables.lives} where ${this.#isDueByIndex(batch)} limit ${batch.limit}
      ),
      ${this.#giveTo(sql`ctid = any (array(select ctid from due))`, batch)}
      select (select count(*) from due)::int as found, (select count(*) from given)::int as processed
    `.execute(db);
    return rows[0]!;
  }

  /** Locks the rows that it updates, found by a scan of just these pages. */
  async #throughPages(
    db: Sql,
    batch: RegenerateDue,
    cursor: Exclude<Cursor, null | 'rest'>,
  ): Promise<RegenerateDueResult> {
    const end = Math.min(
      cursor.pages,
      cursor.page + Math.max(1, Math.floor(batch.limit / cursor.rowsPerPage)),
    );
    const pages = sql`ctid >= ${`(${cursor.page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
    const { rows } = await sql<{ processed: number }>`
      with ${this.#giveTo(pages, batch)} select count(*)::int as processed from given
    `.execute(db);
    return { processed: rows[0]!.processed, next: end < cursor.pages ? { ...cursor, page: end } : 'rest' };
  }

  /** The start of a walk through the pages when a large share of the table is due, `null` otherwise. */
  async #crowd(db: Sql, batch: RegenerateDue): Promise<Cursor> {
    const { rows } = await sql<{ pages: number; tuples: number; analysed_pages: number }>`
      select (pg_relation_size(oid) / current_setting('block_size')::int)::int as pages,
        reltuples::float8 as tuples, relpages as analysed_pages
      from pg_class where oid = ${this.#regclass()}
    `.execute(db);
    const { pages, tuples, analysed_pages: analysedPages } = rows[0]!;
    const rowsPerPage = tuples > 0 && analysedPages > 0 ? tuples / analysedPages : TYPICAL_ROWS_PER_PAGE;
    const large = Math.ceil(Math.min(LARGE_COUNT, pages * rowsPerPage * LARGE_SHARE));
    const { rows: counted } = await sql<{ due: number }>`
      select count(*)::int as due
      from (select from ${this.#tables.lives} where ${this.#isDueByIndex(batch)} limit ${large}) as due
    `.execute(db);
    return counted[0]!.due >= large ? { page: 0, pages, rowsPerPage: Math.max(1, rowsPerPage) } : null;
  }

  /** The rule of regeneration as SQL: the rows become `given`, with the events of those who are full now. */
  #giveTo(which: RawBuilder<unknown>, { asOf, rules }: RegenerateDue): RawBuilder<unknown> {
    return sql`
      given as (
        update ${this.#tables.lives}
        set current_lives = current_lives + 1, last_regen_at = ${timestamp(asOf)},
          next_regen_at = ${timestamp(nextRegenAt(asOf, rules))}
        where ${which} and current_lives < ${rules.maxLives}::int and next_regen_at <= ${timestamp(asOf)}
        returning user_id, current_lives
      ),
      refilled as (
        insert into ${this.#tables.outbox} (event_key, type, payload, occurred_at)
        select ${livesRefilledKeyPrefix(asOf)}::text || user_id, 'LivesRefilled',
          jsonb_build_object('userId', user_id), ${timestamp(asOf)}
        from given where current_lives = ${rules.maxLives}::int
        on conflict (event_key) do nothing
      )
    `;
  }

  #isDueByIndex({ asOf, rules }: RegenerateDue): RawBuilder<unknown> {
    const belowMax = Array.from({ length: rules.maxLives }, (_, lives) => lives);
    return sql`current_lives = any (${belowMax}::int[]) and next_regen_at <= ${timestamp(asOf)}`;
  }

  #regclass(): RawBuilder<unknown> {
    return sql`${this.#tables.livesName}::regclass`;
  }
}

function nextRegenAt(asOf: Instant, rules: LivesRules): Instant {
  return later(asOf, rules.regenMinutes * MINUTE_MS);
}
