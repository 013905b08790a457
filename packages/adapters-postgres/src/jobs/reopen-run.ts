import { type Claim, type Instant, type Json, type RunStatus } from '@gamekeeper/core';
import { COMPLETED_CHECKPOINT, type RunLedger } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, interval, millis, timestamp, whole, type Tables } from '../database/sql.ts';

interface Reopened {
  readonly running: Instant | null;
  readonly status: RunStatus | null;
  readonly fence: number | null;
  readonly checkpoint: Json;
  readonly processed: number | null;
  readonly ahead_ms: number;
}

/**
 * Opens an ended run again, unless another run of the job is active; otherwise returns the tick of the active run, and
 * the status of the requested one. Primary key and the index on running runs; locks the row of the requested run. The
 * second of two concurrent calls waits, and returns without a claim. If the run may not begin yet, it only returns the
 * remaining time.
 */
export async function reopenRun(
  db: Sql,
  { jobs, jobRuns, now }: Tables,
  { job, tick, notBefore = tick, instanceId, leaseMs }: Parameters<RunLedger['reopen']>[0],
): Promise<
  { readonly claim: Claim | null; readonly aheadMs: number } & Pick<Reopened, 'running' | 'status'>
> {
  const { rows } = await sql<Reopened>`
    with clock as materialized (select ${now} as at),
    running as materialized (select tick from ${jobRuns} where job = ${job} and status = 'running'),
    reopened as (
      update ${jobRuns} as run
      set status = 'running', fence = run.fence + 1, owner = ${instanceId}, lease_until = at + ${interval(leaseMs)},
        attempted_at = at, finished_at = null,
        checkpoint = case when status = 'succeeded' then ${JSON.stringify(COMPLETED_CHECKPOINT)}::jsonb else checkpoint end
      from clock
      where job = ${job} and tick = ${timestamp(tick)} and status in ('succeeded', 'failed')
        and at >= ${timestamp(notBefore)} and not exists (select from running)
      returning fence, checkpoint, processed
    ),
    -- A tick that was settled once stays so for the watermark, which is read off the rows that are.
    kept as (
      update ${jobs} set watermark = greatest(watermark, ${timestamp(tick)})
      where job = ${job} and exists (select from reopened)
    )
    select (select ${millis('tick')} from running) as running,
      (select status from ${jobRuns} where job = ${job} and tick = ${timestamp(tick)}) as status, fence, checkpoint,
      ${whole(sql`processed`)} as processed,
      ${whole(epochMs(sql`${timestamp(notBefore)} - at`))} as ahead_ms
    from clock left join reopened on true
  `.execute(db);
  const { running, status, fence, checkpoint, processed, ahead_ms: aheadMs } = rows[0]!;
  const claim =
    fence === null ? null : { job, tick, fence, instanceId, checkpoint, processed: processed ?? 0 };
  return { claim, running, status, aheadMs };
}
