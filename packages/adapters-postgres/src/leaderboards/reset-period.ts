import type { BatchProgress } from '@gamekeeper/core';
import type { ResetBatch } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { LONG_LOCK_TIMEOUT_MS, withRowLockedError, lockTimeoutCondition } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { lockForArchive } from './archive-locks.ts';
import { archiveCtes } from './archive-packs.ts';
import { boardOrder } from './board-order.ts';
import type { BoardTables } from './hold-periods.ts';

/**
 * Makes a batch commit without waiting for the disk. A crash of the server may lose it together with its checkpoint,
 * and the run then continues from an earlier checkpoint; the event at the end of a reset flushes all batches. This
 * setting is part of the batch's statement to save a round trip.
 */
export const asynchronousCommit: RawBuilder<unknown> = sql`pg_catalog.set_config('synchronous_commit', 'off', true)`;

/** The checkpoint of archiving: the place of the last archived player. */
interface ArchiveCursor {
  readonly rank: number;
  readonly place: readonly [string, string, string];
}

/**
 * Writes the next final standings of a sealed period, found by the index on rankings. The checkpoint commits in the same
 * transaction, so no player is archived twice; the first batch removes what a failed run has left, and a complete archive
 * is not changed. Erasures wait for the batch, and it for them.
 */
export async function archiveBatch(
  db: Sql,
  { tables, schema }: BoardTables,
  { board, period, after, limit }: ResetBatch,
): Promise<BatchProgress> {
  const cursor = after as ArchiveCursor | null;
  const done = cursor?.rank ?? 0;
  const at = sql`board = ${board.key} and period = ${period.key}`;
  const isIncomplete = sql`exists (select from ${tables.periods} where ${at} and players is null)`;
  await lockForArchive(db, schema);
  if (!cursor) {
    await sql`
      with packs as (delete from ${tables.archivePacks} where ${at} and ${isIncomplete})
      delete from ${tables.archivePlaces} where ${at} and ${isIncomplete}
    `.execute(db);
  }
  // A batch that comes late, after another run has gone on, writes nothing.
  const endsAt = (rank: number) =>
    sql`not exists (select from ${tables.archivePacks} where ${at} and first_rank > ${rank})`;
  const beyond = cursor
    ? sql`and ((-score), tie_key, user_id) > (${cursor.place[0]}::bigint, ${cursor.place[1]}::bigint, ${cursor.place[2]}::text collate "C")`
    : sql``;
  const writing = sql<{ count: number; place: readonly [string, string, string] | null }>`
    with page as materialized (
      select user_id, username, score, last_xp_at, tie_key,
        ${done}::bigint + pg_catalog.row_number() over (order by ${boardOrder}) as rank
      from ${tables.rankings}
      where ${isIncomplete} and ${endsAt(done)} and ${at} and score > 0 ${beyond}
      order by ${boardOrder} limit ${limit}
    ),
    ${archiveCtes(tables, { board: board.key, period: period.key }, done + 1)},
    touched as (update ${tables.periods} set players = null where ${at} and players is null)
    select (select pg_catalog.count(*) from page)::int as count,
      (select pg_catalog.jsonb_build_array((-score)::text, tie_key::text, user_id) from page order by rank desc limit 1) as place,
      ${asynchronousCommit}
  `;
  const { rows } = await withRowLockedError('The archive', () => writing.execute(db));
  const { count, place } = rows[0]!;
  if (count === limit && place)
    return { processed: count, next: { rank: done + count, place } satisfies ArchiveCursor };
  const recording = sql`
    update ${tables.periods} set players = ${done + count} where ${at} and players is null and ${endsAt(done + count)}
  `;
  await withRowLockedError('The period', () => recording.execute(db));
  return { processed: count, next: null };
}

/** Removes the next scores of a sealed and archived period; no other transaction waits for them. */
export async function clearBatch(
  db: Sql,
  tables: Tables,
  { board, period, limit }: ResetBatch,
): Promise<BatchProgress> {
  const removing = sql<{ processed: number }>`
    with removed as (
      delete from ${tables.rankings} where ctid = any (array(
        select ctid from ${tables.rankings}
        where ${lockTimeoutCondition(LONG_LOCK_TIMEOUT_MS)} and board = ${board.key} and period = ${period.key} limit ${limit}
      ))
      returning 1
    )
    select pg_catalog.count(*)::int as processed, ${asynchronousCommit} from removed
  `;
  const { rows } = await withRowLockedError('A score to be cleared', () => removing.execute(db));
  const { processed } = rows[0]!;
  return { processed, next: processed === limit ? true : null };
}
