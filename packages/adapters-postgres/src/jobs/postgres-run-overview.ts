import type { LeasedRun, OverviewRequest, RunCell, RunOverview, SeenInstance } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs, interval, millis, timestamp, whole } from '../database/sql.ts';
import { runColumns } from './run-columns.ts';
import { summed } from './written-progress.ts';

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
    const step = interval(stepMs);
    const names = jobs.map(({ job }) => job);
    const limits = jobs.map(({ lateAfterMs }) => `${lateAfterMs} milliseconds`);
    // Primary key, backwards, one range for each job; the errors by the primary key. Of each row as little is computed
    // as possible: there may be many.
    const statement = sql<RunCell>`
      select cell.job, ${whole(sql`(${epochMs(sql`begins - ${start}`)} / ${stepMs}::bigint)::int`)} as step,
        ${whole(sql`ticks`)} as ticks, ${whole(sql`succeeded`)} as succeeded, ${whole(sql`failed`)} as failed,
        ${whole(sql`skipped`)} as skipped, ${whole(sql`running`)} as running, ${whole(sql`idle`)} as idle,
        ${whole(sql`late`)} as late, ${whole(sql`repeated`)} as repeated,
        ${whole(sql`done::bigint`)} as processed, ${whole(sql`items::bigint`)} as "failedItems",
        ${millis('newest')} as "newestTick", ${whole(epochMs(sql`lateness`))} as "maxLatenessMs", (
          select error from ${jobRuns} as troubled where troubled.job = cell.job and troubled.tick = cell.trouble
        ) as error
      from (
        select position, run.job, pg_catalog.date_bin(${step}, tick, ${start}) as begins,
          pg_catalog.count(*) as ticks, ${countOf(sql`status = 'succeeded'`)} as succeeded,
          ${countOf(sql`status = 'failed'`)} as failed, ${countOf(sql`status = 'skipped'`)} as skipped,
          ${countOf(sql`status = 'running'`)} as running,
          ${countOf(sql`status = 'succeeded' and processed = 0 and failed_items = 0`)} as idle,
          ${countOf(sql`started_at - tick > late_after`)} as late, ${countOf(sql`fence > 1`)} as repeated,
          pg_catalog.sum(processed) as done, pg_catalog.sum(failed_items) as items,
          pg_catalog.max(tick) as newest, pg_catalog.max(started_at - tick) as lateness,
          pg_catalog.max(tick) filter (where status = 'failed' or status = 'skipped') as trouble
        from (
          select job, position, late_after::interval
          from unnest(${names}::text[], ${limits}::text[]) with ordinality as wanted (job, late_after, position)
        ) as wanted
        cross join lateral (
          select * from ${jobRuns} as run
          where run.job = wanted.job and run.tick >= ${start} and run.tick < ${start} + ${interval(stepMs * steps)}
          order by run.tick desc limit ${limit}
        ) as run
        group by position, run.job, begins
      ) as cell
      order by position, begins
    `;
    // Many rows look expensive to the planner, which would then compile the statement for longer than it runs.
    return this.#database.run((tx) =>
      this.#database.within(tx, async (db) => {
        await sql`select pg_catalog.set_config('jit', 'off', true)`.execute(db);
        return (await statement.execute(db)).rows;
      }),
    );
  }

  active(): Promise<readonly LeasedRun[]> {
    // Index on running runs, of which each job has one at most.
    return this.#execute<LeasedRun>(sql`
      select ${runColumns}, ${millis('lease_until')} as "leaseUntil"
      from ${this.#database.tables.jobRuns} where status = 'running' order by job
    `);
  }

  instances({ jobs, limit }: Parameters<RunOverview['instances']>[0]): Promise<readonly SeenInstance[]> {
    const { jobRuns, jobShards } = this.#database.tables;
    // Primary keys, the one of runs backwards.
    return this.#execute<SeenInstance>(sql`
      with newest as materialized (
        select run.* from pg_catalog.unnest(${[...jobs]}::text[]) as wanted (job)
        cross join lateral (
          select job, tick, owner, attempted_at from ${jobRuns} as run
          where run.job = wanted.job order by run.tick desc limit ${limit}
        ) as run
      )
      select owner as "instanceId", ${millis(sql`pg_catalog.max(at)`)} as "lastAttemptAt",
        ${whole(sql`pg_catalog.count(distinct (job, tick))`)} as runs
      from (
        select job, tick, owner, attempted_at as at from newest
        union all
        select shard.job, shard.tick, shard.owner, shard.started_at
        from newest join ${jobShards} as shard on shard.job = newest.job and shard.tick = newest.tick
      ) as attempts
      where owner is not null and at is not null
      group by owner order by pg_catalog.max(at) desc, owner
    `);
  }

  async events({
    job,
    tick,
  }: Parameters<RunOverview['events']>[0]): Promise<Readonly<Record<string, number>>> {
    const { jobRuns, jobShards } = this.#database.tables;
    const ofRun = sql`job = ${job} and tick = ${timestamp(tick)}`;
    // Primary keys.
    const [row] = await this.#execute<{ events: Readonly<Record<string, number>> | null }>(sql`
      select ${summed(sql`
        select events_written from ${jobRuns} where ${ofRun}
        union all select events_written from ${jobShards} where ${ofRun}
      `)} as events
    `);
    return row?.events ?? {};
  }

  async #execute<Row>(statement: RawBuilder<unknown>): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(undefined, (db) => statement.execute(db));
    return rows as Row[];
  }
}

function countOf(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`pg_catalog.count(*) filter (where ${condition})`;
}
