import type { Json } from '@gamekeeper/core';
import type { ShardClaimOutcome, ShardRequest } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, interval, timestamp, whole, type Tables } from '../database/sql.ts';

interface Found {
  readonly paused: boolean;
  readonly open: number;
  readonly count: number;
  readonly retry_in_ms: number | null;
  /** `null`, like all following columns, if no shard was claimed. */
  readonly shard: number | null;
  readonly part: Json;
  readonly fence: number;
  readonly checkpoint: Json;
  readonly processed: number;
  readonly failed_items: number;
}

/** How soon to try again if others are claiming all free shards at this moment. Milliseconds. */
const RACE_RETRY_MS = 100;

/**
 * Claims the first free shard of a run, and passes over those that others are claiming. Primary keys; locks the row that
 * it writes.
 */
export async function claimShard(
  db: Sql,
  { jobs, jobShards, now }: Tables,
  { job, tick, instanceId, leaseMs, index }: ShardRequest,
): Promise<ShardClaimOutcome> {
  const wanted = index === undefined ? sql`true` : sql`shard = ${index}`;
  const ofRun = sql`job = ${job} and tick = ${timestamp(tick)}`;
  const { rows } = await sql<Found>`
    with clock as materialized (select ${now} as at),
    known as materialized (
      select exists (select from ${jobs} where job = ${job} and paused_at is not null) as paused
    ),
    free as materialized (
      select shard from ${jobShards}
      where ${ofRun} and ${wanted} and status = 'open' and (lease_until is null or lease_until <= (select at from clock))
        and not (select paused from known)
      order by shard limit 1 for update skip locked
    ),
    mine as (
      update ${jobShards} as taken
      set fence = taken.fence + 1, owner = ${instanceId}, lease_until = clock.at + ${interval(leaseMs)},
        started_at = coalesce(taken.started_at, clock.at)
      from clock, free
      where taken.job = ${job} and taken.tick = ${timestamp(tick)} and taken.shard = free.shard
      returning taken.*
    ),
    standing as (
      select pg_catalog.count(*)::int as count,
        (pg_catalog.count(*) filter (where status = 'open' and ${wanted}))::int as open,
        pg_catalog.min(lease_until) filter (where status = 'open' and ${wanted}) as next_at
      from ${jobShards} where ${ofRun}
    )
    select paused, open, count, ${whole(epochMs(sql`next_at - at`))} as retry_in_ms,
      shard, part, fence, checkpoint, ${whole(sql`processed`)} as processed, ${whole(sql`failed_items`)} as failed_items
    from clock cross join known cross join standing left join mine on true
  `.execute(db);
  const { paused, open, count, retry_in_ms: retryInMs, shard, part, ...row } = rows[0]!;
  if (shard !== null) {
    const { fence, checkpoint, processed, failed_items: failedItems } = row;
    const claim = { job, tick, fence, instanceId, checkpoint, processed, failedItems };
    return { kind: 'claimed', claim: { ...claim, shard: { index: shard, count, part } } };
  }
  if (open === 0) return { kind: 'done' };
  if (paused) return { kind: 'paused' };
  return { kind: 'held', retryInMs: retryInMs !== null && retryInMs > 0 ? retryInMs : RACE_RETRY_MS };
}
