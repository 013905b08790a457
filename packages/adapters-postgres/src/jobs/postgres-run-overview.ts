import type { LeasedRun, OverviewRequest, RunCell, RunOverview, SeenInstance } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs, millis, timestamp, whole } from '../database/sql.ts';
import { runColumns } from './run-columns.ts';

/** Reads of all jobs at once on PostgreSQL. Locks nothing. */
export class PostgresRunOverview implements RunOverview {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async cells({ jobs, from, stepMs, steps, limit }: OverviewRequest): Promise<readonly RunCell[]> {
    if (jobs.length === 0) return [];
    const { jobRuns } = this.#database.tables;
    const start = timestamp(from);
    const names = jobs.map(({ job }) => job);
    const limits = jobs.map(({ lateAfterMs }) => lateAfterMs);
    const lateness = epochMs(sql`started_at - tick`);
    // Primary key, backwards, one range for each job.
    return this.#execute<RunCell>(sql`
      select job, step, ${sum(sql`1`)} as ticks,
        ${sum(is('succeeded'))} as succeeded, ${sum(is('failed'))} as failed,
        ${sum(is('skipped'))} as skipped, ${sum(is('running'))} as running,
        ${sum(sql`case when status = 'succeeded' and processed = 0 and failed_items = 0 then 1 end`)} as idle,
        ${sum(sql`case when ${lateness} > late_after_ms then 1 end`)} as late,
        ${sum(sql`case when fence > 1 then 1 end`)} as repeated,
        ${sum(sql`processed`)} as processed, ${sum(sql`failed_items`)} as "failedItems",
        ${millis(sql`pg_catalog.max(tick)`)} as "newestTick",
        ${whole(sql`pg_catalog.max(${lateness})`)} as "maxLatenessMs",
        (pg_catalog.array_agg(error order by tick desc) filter (where status in ('failed', 'skipped')))[1] as error
      from (
        select wanted.job, wanted.position, late_after_ms, tick, status, fence, processed, failed_items, started_at, error,
          (${epochMs(sql`tick - ${start}`)} / ${stepMs}::bigint)::int as step
        from unnest(${names}::text[], ${limits}::bigint[]) with ordinality as wanted (job, late_after_ms, position)
        cross join lateral (
          select * from ${jobRuns} as run
          where run.job = wanted.job and run.tick >= ${start}
            and run.tick < ${start} + pg_catalog.make_interval(secs => ${(stepMs * steps) / 1_000}::float8)
          order by run.tick desc limit ${limit}
        ) as run
      ) as read
      group by position, job, step order by position, step
    `);
  }

  active(): Promise<readonly LeasedRun[]> {
    // Index on running runs, of which each job has one at most.
    return this.#execute<LeasedRun>(sql`
      select ${runColumns}, ${millis('lease_until')} as "leaseUntil"
      from ${this.#database.tables.jobRuns} where status = 'running' order by job
    `);
  }

  instances({ jobs, limit }: Parameters<RunOverview['instances']>[0]): Promise<readonly SeenInstance[]> {
    // Primary key, backwards.
    return this.#execute<SeenInstance>(sql`
      select owner as "instanceId", ${millis(sql`pg_catalog.max(attempted_at)`)} as "lastAttemptAt",
        ${sum(sql`1`)} as runs
      from unnest(${[...jobs]}::text[]) as wanted (job)
      cross join lateral (
        select owner, attempted_at from ${this.#database.tables.jobRuns} as run
        where run.job = wanted.job order by run.tick desc limit ${limit}
      ) as run
      where owner is not null and attempted_at is not null
      group by owner order by pg_catalog.max(attempted_at) desc, owner
    `);
  }

  async #execute<Row>(statement: RawBuilder<unknown>): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(undefined, (db) => statement.execute(db));
    return rows as Row[];
  }
}

function sum(expression: RawBuilder<unknown>): RawBuilder<number> {
  return whole(sql`coalesce(pg_catalog.sum(${expression}), 0)::bigint`);
}

function is(status: string): RawBuilder<unknown> {
  return sql`case when status = ${sql.lit(status)} then 1 end`;
}
