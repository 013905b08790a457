import type { Transaction } from '@gamekeeper/core';
import type { Progress } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { PostgresTransaction } from '../database/postgres-transaction.ts';
import { jsonb } from '../database/sql.ts';

/** Returns the assignments that record the progress of a run or shard, and the events that its transaction has written. */
export function written(
  { checkpoint, processed, failedItems }: Progress,
  tx: Transaction | null,
): RawBuilder<unknown> {
  const failed = failedItems === undefined ? sql`` : sql`, failed_items = ${failedItems}`;
  return sql`checkpoint = ${jsonb(checkpoint)}, processed = ${processed}${failed}${events(tx)}`;
}

function events(tx: Transaction | null): RawBuilder<unknown> {
  const counts = tx && PostgresTransaction.of(tx).takeEvents();
  if (!counts) return sql``;
  const more = JSON.stringify(counts);
  return sql`, events_written = ${summed(sql`values (events_written), (${more}::jsonb)`)}`;
}

/** Returns the sum of counts by type, as JSON; null for none. */
export function summed(counts: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select pg_catalog.jsonb_object_agg(type, events)
    from (
      select type, pg_catalog.sum(count::bigint) as events
      from (${counts}) as counted (counts) cross join lateral pg_catalog.jsonb_each_text(counts) as each (type, count)
      group by type
    ) as total
  )`;
}
