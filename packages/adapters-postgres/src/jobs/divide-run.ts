import type { Claim, Json } from '@gamekeeper/core';
import { dividedCheckpoint } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { jsonb, timestamp, type Tables } from '../database/sql.ts';
import { heldBy } from './held-by.ts';

/**
 * Gives a run away to its shards, which are inserted, or replace those of an earlier run. Returns `false` and changes nothing if another attempt has taken
 * over the run. Primary key; locks the run's row.
 */
export async function divideRun(
  db: Sql,
  { jobRuns, jobShards }: Tables,
  claim: Claim,
  { parts, next }: { readonly parts: readonly Json[]; readonly next: Json },
): Promise<boolean> {
  const { rows } = await sql<{ shards: number }>`
    with divided as (
      update ${jobRuns} set owner = null, lease_until = null, checkpoint = ${jsonb(dividedCheckpoint(next))}
      where ${heldBy(claim)} returning job, tick
    ),
    -- Of an earlier run of the tick, whose row was removed by hand.
    cleared as (
      delete from ${jobShards} using divided
      where job_shards.job = divided.job and job_shards.tick = divided.tick and shard >= ${parts.length}
    ),
    inserted as (
      insert into ${jobShards} as kept (job, tick, shard, part)
      select job, tick, place - 1, part
      from divided, pg_catalog.jsonb_array_elements(${jsonb(parts)}) with ordinality as given (part, place)
      on conflict (job, tick, shard) do update
      set part = excluded.part, status = 'open', fence = kept.fence + 1, owner = null, lease_until = null, checkpoint = null,
        started_at = null, finished_at = null, processed = 0, failed_items = 0, error = null,
        events_written = null
      returning 1
    )
    select pg_catalog.count(*)::int as shards from inserted
  `.execute(db);
  return rows[0]!.shards > 0;
}

/**
 * Gives a run away to its shards that failed; its counts are then those outside of shards. Returns `false` and changes
 * nothing if another attempt has taken over the run, or no shard failed. Primary keys; locks the rows that it writes.
 */
export async function divideRunAgain(
  db: Sql,
  { jobRuns, jobShards }: Tables,
  claim: Claim,
): Promise<boolean> {
  const ofRun = sql`job = ${claim.job} and tick = ${timestamp(claim.tick)}`;
  const { rows } = await sql<{ shards: number }>`
    with divided as (
      update ${jobRuns} set owner = null, lease_until = null,
        processed = processed - (select pg_catalog.sum(processed) from ${jobShards} where ${ofRun})
      where ${heldBy(claim)} and exists (select from ${jobShards} where ${ofRun} and status = 'failed')
      returning 1
    ),
    opened as (
      update ${jobShards} set status = 'open', finished_at = null, error = null
      where ${ofRun} and status = 'failed' and exists (select from divided) returning 1
    )
    select pg_catalog.count(*)::int as shards from opened
  `.execute(db);
  return rows[0]!.shards > 0;
}
