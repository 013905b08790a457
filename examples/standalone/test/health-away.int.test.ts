import { PostgresDatabase, postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { serveHealth, type HealthServer } from '@gamekeeper/http';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';

const timeoutMs = 1_000;

describeWithPostgres('the health of a host whose database', (url) => {
  const schema = `gamekeeper_health_away_${process.pid}`;
  let link: SeverableLink;
  let host: JobHost;
  let server: HealthServer;

  beforeAll(async () => {
    link = new SeverableLink(new URL(url));
    await link.mend();
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(link.port);
    through.username = 'postgres';
    through.password = 's3cret';
    host = createJobHost({
      modules: [postgresAdapters({ url: through.href, schema, poolSize: 4 }), cronerScheduler()],
      logger: silentLogger,
    });
    await host.open();
    server = await serveHealth(host, { port: 0, timeoutMs });
  });

  afterAll(async () => {
    await host.stop();
    await server.close();
    await link.cut();
    const database = new PostgresDatabase({ url, schema });
    await database.open();
    await database.dropSchema();
    await database.close();
  });

  it('is available is reported', async () => {
    expect(await ask('/healthz')).toMatchObject({
      status: 200,
      text: expect.stringContaining('"healthy"') as string,
    });
  });

  it('is unavailable is reported as unknown, without its address, and is known again afterwards', async () => {
    await link.cut();
    await expectUnknown('STORE_UNAVAILABLE');
    await expectKnownOnceMended();
  });

  it('is silent is reported as unknown in time, and is known again afterwards', async () => {
    link.silence();
    const asked = Date.now();
    await expectUnknown('NO_ANSWER');
    expect(Date.now() - asked).toBeLessThan(10 * timeoutMs);
    await link.cut();
    await expectKnownOnceMended();
  });

  async function expectKnownOnceMended(): Promise<void> {
    await link.mend();
    await expect.poll(async () => (await ask('/healthz')).status, { timeout: 20_000 }).toBe(200);
  }

  async function expectUnknown(reason: string): Promise<void> {
    const unknown = { status: 503, text: `{"status":"unknown","reason":"${reason}"}\n` };
    expect(await ask('/healthz')).toEqual(unknown);
    expect(await ask('/jobs')).toEqual(unknown);
    expect(await ask('/livez')).toEqual({ status: 200, text: '{"status":"alive","host":"open"}\n' });
    const metrics = await ask('/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.text).toContain('\ngamekeeper_health_known 0\n');
    expect(metrics.text).toContain('\ngamekeeper_runs_total{');
    expect(metrics.text).not.toMatch(/s3cret|gamekeeper_job_/);
  }

  async function ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${server.url}${path}`);
    return { status: answer.status, text: await answer.text() };
  }
});
