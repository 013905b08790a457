import type { Progress } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { jsonb } from '../database/sql.ts';

/** Returns the assignments that record the progress of a run or shard. */
export function written({ checkpoint, processed, failedItems }: Progress): RawBuilder<unknown> {
  const failed = failedItems === undefined ? sql`` : sql`, failed_items = ${failedItems}`;
  return sql`checkpoint = ${jsonb(checkpoint)}, processed = ${processed}${failed}`;
}
