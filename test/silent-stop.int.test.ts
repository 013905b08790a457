import { postgresAdapters, postgresDatabase, PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { defineJob, silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SeverableLink } from './servers/severable-link.ts';
import { describeWithPostgres } from './server-suites.ts';

const shutdownTimeoutMs = 3_000;

describeWithPostgres('stop() tells the truth in time', (url) => {
  const schema = `gamekeeper_silent_stop_${process.pid}`;
  let link: SeverableLink;
  let host: JobHost;
  let batchBegins: Promise<void>;

  beforeEach(async () => {
    link = new SeverableLink(new URL(url));
    await link.mend();
  });
  afterEach(async () => {
    await host.stop();
    await link.cut();
    const database = new PostgresDatabase({ url, schema });
    await database.open();
    await database.dropSchema();
    await database.close();
  });

  /** Opens a host whose one job is at work for seconds. */
  async function open(timeouts: {
    readonly silenceTimeoutMs: number;
    readonly connectTimeoutMs: number;
  }): Promise<void> {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(link.port);
    const begun = Promise.withResolvers<void>();
    batchBegins = begun.promise;
    host = createJobHost({
      modules: [postgresAdapters({ url: through.href, schema, poolSize: 4, ...timeouts }), cronerScheduler()],
      engine: { shutdownTimeoutMs },
      logger: silentLogger,
      jobs: [
        (resolve) =>
          defineJob({
            name: 'sleeper',
            schedule: { cron: '* * * * * *' },
            batch: async ({ tx }) => {
              await resolve(postgresDatabase).within(tx, async (db) => {
                await sql`select 1`.execute(db);
                begun.resolve();
                await sql`select pg_sleep(0.3)`.execute(db);
              });
              return { processed: 1, next: null };
            },
          }),
      ],
    });
    await host.open();
  }

  async function stopped(): Promise<{ readonly stopped: boolean; readonly tookMs: number }> {
    const begun = performance.now();
    return { stopped: await host.stop(), tookMs: performance.now() - begun };
  }

  it('when a batch is at work and can be given back', async () => {
    await open({ silenceTimeoutMs: 10_000, connectTimeoutMs: 10_000 });
    const running = host.runNow('sleeper');
    await batchBegins;
    expect((await stopped()).stopped).toBe(true);
    expect(await running).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
  });

  it.each([
    ['and nothing has found that out', 10_000],
    ['and that is found out first', 1_000],
  ])('when every connection hangs, %s', async (_, timeoutMs) => {
    await open({ silenceTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs });
    const running = host.runNow('sleeper').catch((error: unknown) => error);
    await batchBegins;
    link.silence();
    const { stopped: inOrder, tookMs } = await stopped();
    expect(inOrder).toBe(false);
    expect(tookMs).toBeLessThan(shutdownTimeoutMs + 2_000);
    await link.cut();
    expect(await running).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('when the database goes away under a batch', async () => {
    await open({ silenceTimeoutMs: 10_000, connectTimeoutMs: 10_000 });
    const running = host.runNow('sleeper').catch((error: unknown) => error);
    await batchBegins;
    await link.cut();
    expect(await running).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await stopped()).stopped).toBe(false);
  });

  it('when nothing is at work but a player who waits for an answer', async () => {
    await open({ silenceTimeoutMs: 10_000, connectTimeoutMs: 1_000 });
    link.silence();
    const playing = host.gameplay.startQuiz({ userId: userId('ada') }).catch((error: unknown) => error);
    const { tookMs } = await stopped();
    expect(tookMs).toBeLessThan(shutdownTimeoutMs + 2_000);
    await link.cut();
    expect(await playing).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
