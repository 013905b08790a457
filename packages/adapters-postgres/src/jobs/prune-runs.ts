import type { PruneRequest } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';

/**
 * Removes rows of old ticks before the newest success of their job, and records up to which tick. By the primary key,
 * one job after the other; locks the removed rows and those of their jobs, and skips locked rows.
 */
export async function pruneRuns(
  db: Sql,
  { jobs, jobRuns, jobShards }: Tables,
  { before, limit }: PruneRequest,
): Promise<number> {
  const { rows } = await sql<{ pruned: number }>`
    with old as materialized (
      select job, tick from ${jobRuns} as run
      where status <> 'running' and tick < ${timestamp(before)} and exists (
        select from ${jobRuns} as newer
        where newer.job = run.job and newer.tick > run.tick and newer.status = 'succeeded'
      )
      limit ${limit} for update of run skip locked
    ),
    pruned as (
      delete from ${jobRuns} as run using old where run.job = old.job and run.tick = old.tick returning run.job, run.tick
    ),
    shards as (
      delete from ${jobShards} as shard using pruned where shard.job = pruned.job and shard.tick = pruned.tick
    ),
    furthest as (select job, pg_catalog.max(tick) as tick from pruned group by job),
    remembered as (
      update ${jobs} as known
      set watermark = greatest(watermark, furthest.tick), pruned_through = greatest(pruned_through, furthest.tick)
      from furthest where known.job = furthest.job
    )
    select pg_catalog.count(*)::int as pruned from pruned
  `.execute(db);
  return rows[0]!.pruned;
}
