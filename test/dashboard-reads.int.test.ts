import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { defineJob, silentLogger } from '@gamekeeper/core';
import { dashboard } from '@gamekeeper/dashboard';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countStatements } from '../bench/lib/count-statements.ts';
import { describeWithPostgres } from './server-suites.ts';

const ROWS_OF_A_JOB = 100_000;
const names = Array.from({ length: 10 }, (_, index) => `sweep-${index}`);
const jobs = names.map((name) =>
  defineJob({ name, schedule: { cron: '*/5 * * * *' }, batch: async () => ({ processed: 0, next: null }) }),
);

describeWithPostgres('the dashboard on a ledger of 1,000,000 runs', (url) => {
  const schema = `gamekeeper_dashboard_${process.pid}`;
  let host: JobHost;
  let database: PostgresDatabase;

  beforeAll(async () => {
    host = createJobHost({
      modules: [postgresAdapters({ url, schema }), cronerScheduler()],
      jobs,
      logger: silentLogger,
    });
    await host.open();
    database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    const { jobRuns, jobs: registered } = database.tables;
    await database.within(undefined, async (db) => {
      await sql`
        insert into ${jobRuns} (job, tick, status, fence, owner, started_at, attempted_at, finished_at, processed, error)
        select job, tick, case when number % 1000 = 0 then 'failed' else 'succeeded' end, 1, 'host-1', tick, tick,
          tick + interval '250 milliseconds', number % 7, case when number % 1000 = 0 then 'disk full' end
        from unnest(${names}::text[]) as job, generate_series(1, ${ROWS_OF_A_JOB}::int) as number,
          lateral (select date_bin('5 minutes', now(), 'epoch') - number * interval '5 minutes' as tick) as at
      `.execute(db);
      await sql`update ${registered} set starts_after = now() - interval '400 days'`.execute(db);
    });
    await database.within(undefined, (db) => sql`analyze ${jobRuns}`.execute(db));
  }, 120_000);
  afterAll(async () => {
    await database.dropSchema();
    await host.stop();
  });

  const ask = (path: string, handle = dashboard(host, { access: () => 'actions' })): Promise<Response> =>
    handle(new Request(`http://localhost${path}`));

  it('is read by an index, whatever the view', async () => {
    const newest = new Date(Math.floor(Date.now() / 300_000) * 300_000 - 600_000).toISOString();
    const views = {
      now: '/',
      'ticks, 42 hours: ten jobs × 500 ticks': '/ticks?zoom=24h',
      'ticks, 6 hours': '/ticks?zoom=6h',
      'ticks, 7 days': '/ticks?zoom=7d',
      'ticks, 30 days': '/ticks?zoom=30d',
      'ticks, 90 days': '/ticks?zoom=90d',
      span: `/span?job=sweep-3&from=${newest}`,
      run: `/run?job=sweep-3&tick=${newest}`,
      job: '/job?job=sweep-3',
      boards: '/boards',
      board: '/board?board=weekly',
      player: '/player?user=ada',
      actions: '/actions',
    };
    const rows = [];
    for (const [view, path] of Object.entries(views)) {
      const times = [];
      for (let round = 0; round < 5; round += 1) {
        const begun = performance.now();
        const response = await ask(path);
        expect(response.status).toBe(200);
        const bytes = (await response.text()).length;
        times.push({ ms: performance.now() - begun, bytes });
      }
      const [best, , middle] = times.toSorted((a, b) => a.ms - b.ms);
      const kB = Math.round(middle!.bytes / 1_000);
      rows.push({ view, 'best ms': Math.round(best!.ms), 'median ms': Math.round(middle!.ms), kB });
    }
    console.table(rows);
  }, 60_000);

  it('costs a few statements, however many pages are open', async () => {
    const statements = countStatements(database);
    const handle = dashboard(host, { access: () => 'read' });
    const paths = [
      '/',
      '/',
      '/',
      '/',
      '/ticks',
      '/ticks',
      '/ticks?zoom=7d',
      '/boards',
      '/job?job=sweep-1',
      '/actions',
    ];
    const before = statements.sent;
    const pages = Array.from({ length: 100 }, (_, index) => ask(paths[index % paths.length]!, handle));
    for (const { status } of await Promise.all(pages)) expect(status).toBe(200);
    const sent = statements.sent - before;
    console.log(`${sent} statements for a hundred pages, which are read again after four seconds`);
    // Less than ten a second.
    expect(sent).toBeLessThan(40);
  });
});
