import { iso } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { contest } from '../lib/contest.ts';
import { expectEqual, midnight, runJob, withStore } from '../lib/with-store.ts';

const asOf = `timestamptz '${iso(midnight)}'`;

/** Judging every job of the host from a ledger with this many runs in it. Every verdict is new. */
export async function health(options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  await withStore(options, async (store) => {
    const jobs = store.host.jobs.length;
    await contest(
      store,
      {
        title: `Job health: ${jobs} jobs, their runs in the ledger`,
        rows,
        // A handful of rows is judged: what takes the time is the run itself, its claim, its transaction and its end.
        goal: null,
        theirs: 'one statement by the index',
        restore: () => restore(store, rows),
        job: () => runJob(store, 'job-health'),
        handWritten: async () => void (await store.query(judge)),
        rowByRow: () => rowByRow(store, rows),
        check: () => check(store, jobs),
      },
      options.pairs,
    );
  });
}

/** Runs of the last ten minutes and before, one in a millisecond, so that no job is late. */
async function restore(store: BenchStore, rows: number): Promise<void> {
  await store.query('truncate {job_runs}, {job_health}');
  await store.query(`
    insert into {job_runs} (job, tick, status, fence, started_at, finished_at, processed)
    select job, tick, 'succeeded', 1, tick, tick + interval '40 milliseconds', n
    from (
      select n, job, ${asOf} - interval '10 minutes' - n * interval '1 millisecond' as tick
      from generate_series(1, ${rows}) as n
      join (select job, row_number() over (order by job) as turn, count(*) over () as jobs from {jobs}) as known
        on n % jobs = turn - 1
    ) as run
    order by tick
  `);
  await store.query('vacuum analyze {job_runs}');
  await store.query('checkpoint');
}

/** For every job the newest success and the newest end, one window for all; less than the job looks at. */
const judge = `
  insert into {job_health} (job, verdict, since)
  select job,
    case when ended.status = 'failed' then 'failing' when ${asOf} - success.tick > interval '35 minutes' then 'late'
      else 'healthy' end, ${asOf}
  from {jobs} as known
  left join lateral (select tick from {job_runs} as run where run.job = known.job and status = 'succeeded'
    order by tick desc limit 1) as success on true
  left join lateral (select status from {job_runs} as run where run.job = known.job and status in ('succeeded', 'failed')
    order by tick desc limit 1) as ended on true
  on conflict (job) do update set verdict = excluded.verdict, since = excluded.since
`;

/** Reads every run of every job to see what is newest, a thousand rows at a time. */
async function rowByRow(store: BenchStore, rows: number): Promise<number> {
  const newest = new Map<string, number>();
  const pages = Math.min(20, Math.ceil(rows / 1_000));
  let read = 0;
  for (let page = 0; page < pages; page += 1) {
    const runs = await store.query<{ job: string; tick: Date }>(
      `select job, tick from {job_runs} order by job, tick offset ${read} limit 1000`,
    );
    for (const { job, tick } of runs) newest.set(job, new Date(tick).getTime());
    read += runs.length;
  }
  return read;
}

async function check(store: BenchStore, jobs: number): Promise<void> {
  const [found] = await store.query<object>(
    `select count(*)::int as judged, (count(*) filter (where verdict = 'healthy'))::int as healthy from {job_health}`,
  );
  expectEqual(found, { judged: jobs, healthy: jobs });
}
