import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { defineJob, silentLogger } from '@gamekeeper/core';
import { dashboard } from '@gamekeeper/dashboard';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
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

  it.each<[string, (index: number) => string]>([
    ['of a few views', (index) => popular[index % popular.length]!],
    ['each of another view', (index) => distinct[index % distinct.length]!],
  ])(
    'costs less than ten statements a second while a hundred pages are open, %s',
    async (_how, pathOf) => {
      let now = 0;
      const time = vi.spyOn(performance, 'now').mockImplementation(() => now);
      try {
        const handle = dashboard(host, { access: () => 'read' });
        const pages = Array.from({ length: 100 }, (_, index) => ({
          path: pathOf(index),
          nextAt: index * 50,
        }));
        const statements = countStatements(database);
        const read = async (page: (typeof pages)[number]): Promise<void> => {
          const response = await ask(page.path, handle);
          expect([page.path, response.status]).toEqual([page.path, 200]);
          const refreshMs = Number(/data-refresh="(\d+)"/.exec(await response.text())?.[1] ?? Infinity);
          page.nextAt = now + refreshMs;
        };
        // Opening a page is a read that somebody asked for; what counts is what open pages cost by themselves.
        for (const page of pages) await read(page);
        const before = statements.sent;
        const seconds = 100;
        for (now = 0; now < seconds * 1_000; now += 100)
          for (const page of pages) if (page.nextAt <= now) await read(page);
        const rate = (statements.sent - before) / seconds;
        console.log(`${rate} statements a second while a hundred pages are open, ${_how}`);
        expect(rate).toBeLessThan(10);
      } finally {
        time.mockRestore();
      }
    },
    120_000,
  );
});

const popular = [
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

/** As many views as there are pages. */
const distinct = [
  ...names.map((name) => `/job?job=${name}`),
  ...Array.from(
    { length: 70 },
    (_, day) => `/ticks?around=${new Date(Date.now() - day * 86_400_000).toISOString()}`,
  ),
  '/',
  '/ticks',
  '/boards',
  '/actions',
  '/board?board=weekly',
  '/player?user=ada',
  ...names.map((name) => `/span?job=${name}&from=${new Date(Date.now() - 3_600_000).toISOString()}`),
  ...names.slice(0, 4).map((name) => `/actions?subject=${name}`),
];
