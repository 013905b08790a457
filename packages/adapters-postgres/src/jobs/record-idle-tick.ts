import type { RunLedger } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { statement } from '../database/statement.ts';

interface IdleTick {
  readonly job: string;
  /** Instants in ISO 8601. */
  readonly tick: string | null;
  readonly notBefore: string | null;
  readonly instanceId: string;
}

/** Primary keys and the index on running runs. */
const insertSucceeded = statement<IdleTick, object>(
  'record_idle_tick',
  ({ jobs, jobRuns, now }, p) => sql`
    insert into ${jobRuns} (job, tick, status, fence, owner, started_at, attempted_at, finished_at)
    select ${p.job}::text, ${p.tick}::timestamptz(3), 'succeeded', 1, ${p.instanceId}::text, at, at, at from ${now} as at
    where at >= ${p.notBefore}::timestamptz(3)
      and not exists (select from ${jobRuns} where job = ${p.job} and status = 'running')
      and not exists (
        select from ${jobs}
        where job = ${p.job} and (paused_at is not null or pruned_through >= ${p.tick}::timestamptz(3))
      )
    on conflict do nothing returning 1 as recorded
  `,
);

/** Records a tick without work as succeeded. Returns whether it did: see {@link RunLedger.recordIdleTick}. */
export async function recordIdleTick(
  db: Sql,
  tables: Tables,
  { job, tick, notBefore = tick, instanceId }: Parameters<RunLedger['recordIdleTick']>[0],
): Promise<boolean> {
  const recorded = await insertSucceeded(db, tables, {
    job,
    tick: instantText(tick),
    notBefore: instantText(notBefore),
    instanceId,
  });
  return recorded.length === 1;
}
