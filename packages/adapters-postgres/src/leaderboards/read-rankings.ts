import type { BoardPeriod, NamedScore } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { millis, whole, type Tables } from '../database/sql.ts';
import { boardOrder, hasScored, type Place } from './board-order.ts';

/**
 * Reads the scores of a board after a place, in its order; without locks. One statement reads them all, so that they are
 * of the same moment.
 *
 * The first statement reads players who have scored, and nearly always finds enough: PostgreSQL may start parallel workers
 * for the others, which takes longer than the whole page, before it knows that there are none to read.
 */
export async function readAfter<Row>(
  tables: Tables,
  { at, after, limit }: { readonly at: BoardPeriod; readonly after: Place | null; readonly limit: number },
  read: (rows: RawBuilder<unknown>) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  if (!after?.isUnscored) {
    const scored = await read(scoredAfter(tables, at, after, limit));
    if (scored.length === limit) return scored;
  }
  return read(rowsAfter(tables, at, after, limit));
}

/** Returns the rows after a place of players who have scored: by the index on the order of rankings. */
function scoredAfter(
  tables: Tables,
  at: BoardPeriod,
  after: Place | null,
  limit: number,
): RawBuilder<unknown> {
  const beyond = after ? sql`and (${boardOrder}) > ${after.order}` : sql``;
  return sql`select * from ${rowsOf(tables, at)} and ${hasScored} ${beyond} order by ${boardOrder} limit ${limit}`;
}

/**
 * Returns the rows after a place: by the index on the order of rankings, and by the primary key where that ends, at the
 * players who have not scored.
 */
function rowsAfter(tables: Tables, at: BoardPeriod, after: Place | null, limit: number): RawBuilder<unknown> {
  if (after?.isUnscored) return unscored(tables, at, sql`user_id > ${after.userId}`, limit);
  return sql`
    with scored as materialized (${scoredAfter(tables, at, after, limit)})
    select * from (
      select * from scored
      union all (${unscored(tables, at, sql`(select pg_catalog.count(*) from scored) < ${limit}`, limit)})
    ) as ranking order by ${boardOrder} limit ${limit}
  `;
}

/** Returns the rows up to a place and with it, like {@link rowsAfter}. */
export function rowsUpTo(tables: Tables, at: BoardPeriod, place: Place, limit: number): RawBuilder<unknown> {
  const scored = (condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    select * from ${rowsOf(tables, at)} and ${hasScored} and ${condition}
    order by (-score) desc, tie_key desc, user_id desc limit ${limit}
  `;
  if (!place.isUnscored) return scored(sql`(${boardOrder}) <= ${place.order}`);
  return sql`
    with unscored as materialized (
      select * from ${rowsOf(tables, at)} and not ${hasScored} and user_id <= ${place.userId} order by user_id desc limit ${limit}
    )
    select * from (
      select * from unscored
      union all (${scored(sql`(select pg_catalog.count(*) from unscored) < ${limit}`)})
    ) as ranking order by (-score) desc, tie_key desc, user_id desc limit ${limit}
  `;
}

/**
 * Returns the number of rows up to a place and with it, as a subquery: counted along the index, or in the whole period
 * for a place without score.
 */
function countUpTo(tables: Tables, at: BoardPeriod, place: Place): RawBuilder<number> {
  const upTo = place.isUnscored
    ? sql`(${hasScored} or user_id <= ${place.userId})`
    : sql`${hasScored} and (${boardOrder}) <= ${place.order}`;
  return sql<number>`(select ${whole(sql`pg_catalog.count(*)`)} from ${rowsOf(tables, at)} and ${upTo})`;
}

/** The rows of a period; a condition may follow. */
function rowsOf({ rankings }: Tables, { board, period }: BoardPeriod): RawBuilder<unknown> {
  return sql`${rankings} where board = ${board.key} and period = ${period.key}`;
}

function unscored(
  tables: Tables,
  at: BoardPeriod,
  condition: RawBuilder<unknown>,
  limit: number,
): RawBuilder<unknown> {
  return sql`
    select * from ${rowsOf(tables, at)} and not ${hasScored} and ${condition} order by user_id limit ${limit}
  `;
}

/**
 * Returns rows of rankings with the names to show, in the order of the board. Names are read from the players' rows by
 * the primary key and never by a join: for a page of some thousand rows the planner would read all players.
 */
export function selectNamed(tables: Tables, rankings: RawBuilder<unknown>): RawBuilder<NamedScore> {
  return selectNamedWith(tables, sql``, rankings);
}

/** A score, and how many rows there are up to a place. */
export type CountedScore = NamedScore & { readonly upTo: number };

/**
 * Returns rows like {@link selectNamed}, and with each of them `upTo`: how many rows there are up to a place. One
 * statement, so that rows and number are of the same moment.
 */
export function selectCounted(
  tables: Tables,
  at: BoardPeriod,
  place: Place,
  rankings: RawBuilder<unknown>,
): RawBuilder<CountedScore> {
  return selectNamedWith(tables, sql`${countUpTo(tables, at, place)} as "upTo",`, rankings);
}

function selectNamedWith<Row extends NamedScore>(
  tables: Tables,
  columns: RawBuilder<unknown>,
  rankings: RawBuilder<unknown>,
): RawBuilder<Row> {
  const { id, username } = tables.columns.progress;
  return sql<Row>`
    select ${columns} user_id as "userId", ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt", coalesce(
      (select player.${username} from ${tables.progress} as player where player.${id} = ${id.writeIfValid(sql`page.user_id`)}),
      page.username
    ) as username
    from (${rankings}) as page order by ${boardOrder}
  `;
}
