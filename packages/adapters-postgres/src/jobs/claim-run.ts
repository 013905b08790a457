import type { ClaimOutcome, Instant, JobLedger, Json, RunStatus } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { interval, millis, timestamp, type Tables } from '../database/sql.ts';

interface Standing {
  readonly mine: boolean;
  readonly tick: Instant;
  readonly status: RunStatus;
  readonly fence: number;
  readonly owner: string | null;
  readonly retry_in_ms: number | null;
  readonly checkpoint: Json;
  readonly processed: number;
}

/** How soon to ask again about a run that appeared while we asked. */
const RACE_RETRY_MS = 100;

/**
 * Claims a run in one statement: takes over the job's abandoned run, or begins the tick's, or (asked to) begins it
 * again. Primary key and the partial index on running runs; locks the one row that it writes. The unique index on
 * running runs is what makes the loser of a race come out empty-handed.
 */
export async function claimRun(
  db: Sql,
  tables: Tables,
  request: Parameters<JobLedger['claim']>[0],
): Promise<ClaimOutcome> {
  const { job, tick, owner, leaseMs, again = false } = request;
  const { jobRuns, now } = tables;
  const { rows } = await sql<Standing>`
    with clock as materialized (select ${now} as at),
    standing as materialized (
      select * from ${jobRuns} where job = ${job} and (tick = ${timestamp(tick)} or status = 'running')
    ),
    settled as (
      select from standing
      where tick = ${timestamp(tick)} and status <> 'running' and not (${again}::boolean and status <> 'succeeded')
    ),
    taken_over as (
      update ${jobRuns} as run
      set fence = run.fence + 1, owner = ${owner}, lease_until = clock.at + ${interval(leaseMs)}
      from clock
      where run.job = ${job} and run.status = 'running' and run.lease_until <= clock.at
        and not exists (select from settled)
      returning run.*
    ),
    begun_again as (
      update ${jobRuns} as run
      set status = 'running', fence = run.fence + 1, owner = ${owner}, lease_until = clock.at + ${interval(leaseMs)},
        started_at = coalesce(run.started_at, clock.at), finished_at = null, error = null
      from clock
      where ${again}::boolean and run.job = ${job} and run.tick = ${timestamp(tick)}
        and run.status in ('failed', 'skipped') and not exists (select from standing where status = 'running')
      returning run.*
    ),
    begun as (
      insert into ${jobRuns} (job, tick, status, fence, owner, lease_until, started_at)
      select ${job}, ${timestamp(tick)}, 'running', 1, ${owner}, clock.at + ${interval(leaseMs)}, clock.at
      from clock where not exists (select from standing)
      on conflict do nothing
      returning *
    ),
    mine as (select * from taken_over union all select * from begun_again union all select * from begun),
    answer as (select true as mine, * from mine union all select false, * from standing)
    select mine, ${millis('tick')} as tick, status, fence, owner, checkpoint, processed::float8,
      ceil(extract(epoch from lease_until - clock.at) * 1000)::float8 as retry_in_ms
    from answer, clock order by mine desc, status = 'running' desc
  `.execute(db);

  const own = rows.find((row) => row.mine);
  if (own) {
    const { fence, checkpoint, processed } = own;
    return { kind: 'claimed', claim: { job, tick: own.tick, fence, owner, checkpoint, processed } };
  }
  const same = rows.find((row) => row.tick === tick && row.status !== 'running');
  if (same && !(again && same.status !== 'succeeded')) {
    return { kind: 'settled', status: same.status as Exclude<RunStatus, 'running'> };
  }
  const other = rows.find((row) => row.status === 'running');
  return {
    kind: 'held',
    tick: other?.tick ?? tick,
    owner: other?.owner ?? '',
    retryInMs: Math.max(1, other?.retry_in_ms ?? RACE_RETRY_MS),
  };
}
