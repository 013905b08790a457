import type { Instant, Json, RunStatus } from '@gamekeeper/core';
import type { ClaimOutcome, RunLedger } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, interval, millis, timestamp, whole, type Tables } from '../database/sql.ts';

interface RunState {
  readonly paused: boolean;
  readonly pruned: boolean;
  /** `null`, like all following columns, if only the columns above are known. */
  readonly mine: boolean | null;
  readonly tick: Instant;
  readonly status: RunStatus;
  readonly fence: number;
  readonly owner: string | null;
  readonly retry_in_ms: number | null;
  readonly ahead_ms: number;
  readonly checkpoint: Json;
  readonly processed: number;
}

/** How soon to try again when a run appeared during the call. Milliseconds. */
const RACE_RETRY_MS = 100;

type ClaimRequest = Parameters<RunLedger['claim']>[0];

/**
 * Begins the run of a tick that has no run yet, reports that it may not begin yet, or returns `null`. The primary key
 * and the unique index on running runs let only the first caller succeed, without an error and without a wait.
 */
export async function beginRun(
  db: Sql,
  { jobs, jobRuns, now }: Tables,
  request: ClaimRequest,
): Promise<Extract<ClaimOutcome, { kind: 'claimed' | 'ahead' }> | null> {
  const { job, tick, notBefore = tick, instanceId, leaseMs } = request;
  const { rows } = await sql<{ readonly begun: boolean; readonly ahead_ms: number }>`
    with clock as materialized (select ${now} as at),
    begun as (
      insert into ${jobRuns} (job, tick, status, fence, owner, lease_until, started_at, attempted_at)
      select ${job}, ${timestamp(tick)}, 'running', 1, ${instanceId}, at + ${interval(leaseMs)}, at, at from clock
      where at >= ${timestamp(notBefore)} and not exists (
        select from ${jobs} where job = ${job} and (paused_at is not null or pruned_through >= ${timestamp(tick)})
      )
      on conflict do nothing
      returning 1
    )
    select exists (select from begun) as begun,
      ${whole(epochMs(sql`${timestamp(notBefore)} - at`))} as ahead_ms
    from clock
  `.execute(db);
  const { begun, ahead_ms: retryInMs } = rows[0]!;
  if (retryInMs > 0) return { kind: 'ahead', retryInMs };
  if (!begun) return null;
  return { kind: 'claimed', claim: { job, tick, fence: 1, instanceId, checkpoint: null, processed: 0 } };
}

/**
 * Claims an existing run: takes over the job's abandoned run, or (if requested) begins a failed or skipped tick again;
 * otherwise returns the state of the run. Primary key and the partial index on running runs; locks the one row that it
 * writes.
 */
export async function claimRun(db: Sql, tables: Tables, request: ClaimRequest): Promise<ClaimOutcome> {
  const { job, tick, instanceId, leaseMs, again = false } = request;
  const { jobs, jobRuns, now } = tables;
  const { rows } = await sql<RunState>`
    with clock as materialized (select ${now} as at),
    known as materialized (
      select paused_at is not null as paused, pruned_through >= ${timestamp(tick)} as pruned
      from ${jobs} where job = ${job}
    ),
    standing as materialized (
      select * from ${jobRuns} where job = ${job} and tick = ${timestamp(tick)}
      union all
      select * from ${jobRuns} where job = ${job} and tick <> ${timestamp(tick)} and status = 'running'
    ),
    settled as (
      select from standing
      where tick = ${timestamp(tick)} and status <> 'running' and not (${again}::boolean and status <> 'succeeded')
    ),
    taken_over as (
      update ${jobRuns} as run
      set fence = run.fence + 1, owner = ${instanceId}, lease_until = clock.at + ${interval(leaseMs)},
        attempted_at = clock.at
      from clock
      where run.job = ${job} and run.status = 'running' and run.lease_until <= clock.at and run.tick <= clock.at
        and not exists (select from settled) and not exists (select from known where paused)
      returning run.*
    ),
    begun_again as (
      update ${jobRuns} as run
      set status = 'running', fence = run.fence + 1, owner = ${instanceId}, lease_until = clock.at + ${interval(leaseMs)},
        started_at = coalesce(run.started_at, clock.at), attempted_at = clock.at, finished_at = null,
        -- A failed run that is done again has failed until it ends; of a skipped tick it was the reason.
        error = case when run.status = 'failed' then run.error end
      from clock
      where ${again}::boolean and run.job = ${job} and run.tick = ${timestamp(tick)}
        and run.status in ('failed', 'skipped') and not exists (select from standing where status = 'running')
        and not exists (select from known where paused)
      returning run.*
    ),
    -- A tick that was settled once stays so for the watermark, which is read off the rows that are.
    kept as (
      update ${jobs} set watermark = greatest(watermark, ${timestamp(tick)})
      where job = ${job} and exists (select from begun_again)
    ),
    mine as (select * from taken_over union all select * from begun_again),
    answer as (select true as mine, * from mine union all select false, * from standing)
    select coalesce((select paused from known), false) as paused,
      coalesce((select pruned from known), false) as pruned, mine, ${millis('tick')} as tick, status, fence, owner, checkpoint,
      ${whole(sql`processed`)} as processed,
      ${whole(epochMs(sql`lease_until - clock.at`))} as retry_in_ms,
      ${whole(epochMs(sql`tick - clock.at`))} as ahead_ms
    from clock left join answer on true order by mine desc nulls last, status = 'running' desc
  `.execute(db);

  const own = rows.find((row) => row.mine);
  if (own) {
    const { fence, checkpoint, processed } = own;
    return { kind: 'claimed', claim: { job, tick: own.tick, fence, instanceId, checkpoint, processed } };
  }
  const same = rows.find((row) => row.tick === tick && row.status !== 'running');
  if (same && !(again && same.status !== 'succeeded')) {
    return { kind: 'done', status: same.status as Exclude<RunStatus, 'running'> };
  }
  if (rows[0]!.paused) return { kind: 'paused' };
  if (rows[0]!.pruned && !rows.some((row) => row.tick === tick)) return { kind: 'done', status: 'pruned' };
  const other = rows.find((row) => row.status === 'running');
  // Its lease has ended and its tick is in the future: the database's clock was set back.
  if (other && (other.retry_in_ms ?? 0) <= 0 && other.ahead_ms > 0)
    return { kind: 'ahead', retryInMs: other.ahead_ms };
  // Nobody holds the lease of a divided run.
  if (other && other.retry_in_ms === null) return { kind: 'divided', tick: other.tick };
  return {
    kind: 'held',
    tick: other?.tick ?? tick,
    instanceId: other?.owner ?? '',
    retryInMs: Math.max(1, other?.retry_in_ms ?? RACE_RETRY_MS),
  };
}
