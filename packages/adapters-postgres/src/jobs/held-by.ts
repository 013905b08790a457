import type { Claim, ShardClaim } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { timestamp } from '../database/sql.ts';

/** Returns the condition for the row of a run whose newest claim is this one. A divided run has no owner. */
export function heldBy({ job, tick, fence, instanceId }: Claim): RawBuilder<unknown> {
  return sql`job = ${job} and tick = ${timestamp(tick)} and status = 'running' and fence = ${fence} and owner = ${instanceId}`;
}

/** Returns the condition for the row of a shard whose newest claim is this one. */
export function shardHeldBy({ job, tick, fence, instanceId, shard }: ShardClaim): RawBuilder<unknown> {
  return sql`
    job = ${job} and tick = ${timestamp(tick)} and shard = ${shard.index} and status = 'open'
    and fence = ${fence} and owner = ${instanceId}
  `;
}
