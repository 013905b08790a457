import type { Json } from '@gamekeeper/core';
import type { Progress } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';

/** Returns the assignments that record the progress of a run or shard. */
export function written({ checkpoint, processed, failedItems }: Progress): RawBuilder<unknown> {
  const failed = failedItems === undefined ? sql`` : sql`, failed_items = ${failedItems}`;
  return sql`checkpoint = ${json(checkpoint)}, processed = ${processed}${failed}`;
}

function json(value: Json): RawBuilder<unknown> {
  return sql`${value === null ? null : JSON.stringify(value)}::jsonb`;
}
