import type { ItemFilter, Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { IdColumn } from '../mapping/column.ts';
import { lockTimeoutCondition } from './lock-timeouts.ts';
import type { Sql } from './postgres-transaction.ts';

/** The rows of a sweep and the change that it makes. */
export interface Sweep {
  readonly table: RawBuilder<unknown>;
  /** The table's quoted name as text, for reads of the catalog. */
  readonly tableName: string;
  /** The table of its events. */
  readonly outbox: RawBuilder<unknown>;
  /** The primary key column, by which single rows are chosen. */
  readonly id: IdColumn;
  /** The condition for due rows. Without a `walk`, in a form that an index serves. */
  readonly isDue: RawBuilder<unknown>;
  /** Whether an index finds due rows; by default it does. */
  readonly isIndexed?: boolean;
  /** Present if a changed row can stay in the index that finds due rows. */
  readonly walk?: KeyWalk;
  /**
   * Returns common table expressions that change the rows of a condition, if they are still due when they are written,
   * and write the events. The expression named `changed` has one row per changed row.
   */
  readonly change: (which: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** The names of those expressions of `change` that write events. */
  readonly told: readonly string[];
}

/**
 * How to find due rows so that a batch does not read again what earlier batches have changed. Each due row meets one
 * of the two conditions.
 */
export interface KeyWalk {
  /** Rows that stay in their index, which is ordered by the id: each batch continues after the last id. */
  readonly staying: RawBuilder<unknown>;
  /** Rows that leave their index when they are changed: each batch finds the next ones. */
  readonly leaving: RawBuilder<unknown>;
}

/** A sweep that excludes some rows. */
export interface FilteredSweep extends Sweep {
  readonly isWanted: RawBuilder<unknown>;
}

/** One batch of a sweep: the `next` of the previous batch, the approximate number of rows, and filters. */
export interface SweepBatch extends ItemFilter {
  readonly after: Json;
  readonly limit: number;
}

/**
 * Where a look for due rows begins: at the first row of the table (`unordered`), or after an id of a walk; `''` is its
 * start, and `null` its end, where only the leaving rows are left.
 */
export type LookFrom = 'unordered' | { readonly after: string | null };

/** Which due rows to find. */
export interface Look {
  readonly from: LookFrom;
  /** The maximum number of rows of each condition of a walk. */
  readonly limit: number;
  readonly lock?: RawBuilder<unknown>;
  /** Sets a lock timeout before the first row is read. Milliseconds. */
  readonly waitMs?: number;
}

/** The place at which every look of a sweep begins, if nothing is known yet. */
export function startOf({ walk }: Sweep): LookFrom {
  return walk ? { after: '' } : 'unordered';
}

export function excluding(sweep: Sweep, skip: readonly string[] = []): FilteredSweep {
  const isWanted = skip.length === 0 ? sql`true` : sql`${sweep.id} <> all (${sweep.id.list(skip)})`;
  return { ...sweep, isWanted };
}

/**
 * Returns a query for due rows: `ctid`, `id`, and whether a row was found by the order of the id (`is_walked`). A walk
 * has an order of its own for each condition, so that no plan reads the whole table for a few rows.
 */
export function dueRows(
  { table, id, isDue, isWanted, walk }: FilteredSweep,
  { from, limit, lock = sql``, waitMs }: Look,
): RawBuilder<unknown> {
  const guard = waitMs === undefined ? sql`true` : lockTimeoutCondition(waitMs);
  const select = (isWalked: boolean, rest: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    select ctid, ${id.read} as id, ${sql.lit(isWalked)} as is_walked from ${table}
    where ${guard} and ${isDue} and ${isWanted} ${rest} limit ${limit} ${lock}
  `;
  if (!walk || from === 'unordered') return select(false, sql``);
  const leaving = select(false, sql`and ${walk.leaving}`);
  if (from.after === null) return leaving;
  const beyond = from.after === '' ? sql`` : sql`and ${id} > ${id.parameter(from.after)}`;
  const staying = select(true, sql`and ${walk.staying} ${beyond} order by ${id}`);
  // Each in a subquery: a part of a union cannot lock rows itself.
  return sql`select * from (${staying}) as staying union all select * from (${leaving}) as leaving`;
}

/** Whether any row is due. Reads the index, without locks. */
export async function isAnyDue(db: Sql, sweep: Sweep): Promise<boolean> {
  const look = dueRows(excluding(sweep), { from: startOf(sweep), limit: 1 });
  const { rows } = await sql`select from (${look}) as due limit 1`.execute(db);
  return rows.length > 0;
}
