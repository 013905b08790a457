import type { BoardPeriod, NamedScore, Score } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { millis, whole, type Tables } from '../database/sql.ts';
import { boardOrder, placeOf } from './board-order.ts';

/** Returns scores of a board in its order, from a place on; by the index on rankings, without locks. */
export function selectScores(
  tables: Tables,
  { board, period }: BoardPeriod,
  { after, limit }: { readonly after?: Score; readonly limit: number },
): RawBuilder<NamedScore> {
  const beyond = after ? sql`and ((-score), tie_key, user_id) > ${placeOf(after, board.tieBreak)}` : sql``;
  return selectNamed(
    tables,
    sql`
    select * from ${tables.rankings} where board = ${board.key} and period = ${period.key} ${beyond}
    order by ${boardOrder} limit ${limit}
  `,
  );
}

/**
 * Returns rows of rankings with the names to show, in the order of the board. Names are read from the players' rows by
 * the primary key and never by a join: for a page of some thousand rows the planner would read all players.
 */
export function selectNamed(tables: Tables, rankings: RawBuilder<unknown>): RawBuilder<NamedScore> {
  const { id, username } = tables.columns.progress;
  return sql<NamedScore>`
    select user_id as "userId", ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt", coalesce(
      (select player.${username} from ${tables.progress} as player where player.${id} = ${id.writeIfValid(sql`page.user_id`)}),
      page.username
    ) as username
    from (${rankings}) as page order by ${boardOrder}
  `;
}
