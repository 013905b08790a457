import type { Claim, Json, ShardClaim } from '@gamekeeper/core';
import { nextOfDivided, type JoinedRun, type ShardEnd } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { interval, timestamp, whole, type Tables } from '../database/sql.ts';
import { shardHeldBy } from './held-by.ts';

/**
 * Locks a divided run until the transaction ends, so that its shards end one after the other, and returns its
 * checkpoint. The next statement sees what earlier holders of the lock committed; the change of the row tells a
 * transaction with a snapshot that it does not. Primary key.
 */
export async function lockDividedRun(
  db: Sql,
  { jobRuns, now }: Tables,
  { job, tick }: Pick<Claim, 'job' | 'tick'>,
): Promise<Json> {
  const { rows } = await sql<{ checkpoint: Json }>`
    update ${jobRuns} set attempted_at = ${now}
    where job = ${job} and tick = ${timestamp(tick)} and status = 'running' and lease_until is null
    returning checkpoint
  `.execute(db);
  return rows[0]?.checkpoint ?? null;
}

/**
 * Ends a shard under the lock of its run. Returns `false` and changes nothing if another attempt has taken it over.
 * Primary key; locks the shard's row.
 */
export async function endShard(
  db: Sql,
  { jobShards, now }: Tables,
  claim: ShardClaim,
  { processed, failedItems, error }: ShardEnd,
): Promise<boolean> {
  const ended = await sql`
    update ${jobShards}
    set status = ${error === null ? 'succeeded' : 'failed'}, finished_at = ${now}, lease_until = null,
      processed = ${processed}, failed_items = ${failedItems},
      -- PostgreSQL's text type cannot store NUL characters.
      error = ${error?.replaceAll('\0', '') ?? null}
    where ${shardHeldBy(claim)} returning 1
  `.execute(db);
  return ended.rows.length === 1;
}

/**
 * Claims the run under its lock, if all of its shards have ended. Primary keys; locks the run's row.
 *
 * @param checkpoint the run's own
 */
export async function joinRun(
  db: Sql,
  { jobRuns, jobShards, now }: Tables,
  { job, tick, instanceId }: ShardClaim,
  { checkpoint, leaseMs }: { readonly checkpoint: Json; readonly leaseMs: number },
): Promise<JoinedRun | null> {
  const next = JSON.stringify(nextOfDivided(checkpoint) ?? null);
  const { rows } = await sql<Pick<Claim, 'fence' | 'checkpoint' | 'processed'> & Pick<JoinedRun, 'failures'>>`
    with shards as materialized (
      select pg_catalog.sum(processed) as processed, pg_catalog.sum(failed_items) as failed_items,
        pg_catalog.bool_or(status = 'open') as is_open,
        pg_catalog.json_agg(pg_catalog.json_build_object('index', shard, 'error', error) order by shard)
          filter (where status = 'failed') as failures
      from ${jobShards} where job = ${job} and tick = ${timestamp(tick)}
    )
    update ${jobRuns} as run
    set fence = run.fence + 1, owner = ${instanceId}, lease_until = ${now} + ${interval(leaseMs)},
      checkpoint = case when failures is null then ${next}::jsonb else run.checkpoint end,
      processed = run.processed + shards.processed, failed_items = shards.failed_items
    from shards
    where run.job = ${job} and run.tick = ${timestamp(tick)} and not is_open
    returning fence, checkpoint, ${whole(sql`run.processed`)} as processed, coalesce(failures, '[]') as failures
  `.execute(db);
  if (!rows[0]) return null;
  const { failures, ...joined } = rows[0];
  return { claim: { job, tick, instanceId, ...joined }, failures };
}
