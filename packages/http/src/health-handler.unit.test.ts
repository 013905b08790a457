import {
  HOUR_MS,
  StoreUnavailableError,
  defineJob,
  type HealthCheck,
  type HostHealth,
  type WithDates,
} from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { memoryHost, noBuiltInJobs } from '../test/hosts.ts';
import { ParsedMetrics } from '../test/parsed-metrics.ts';
import type { JobHost } from '@gamekeeper/composition';
import { healthHandler, type HealthHandler } from './health-handler.ts';

const paths = ['/healthz', '/livez', '/jobs', '/metrics'];
const secret = 'postgres://game:s3cret@db:5432/game';

const get = (handle: HealthHandler, path: string): Promise<Response> =>
  handle(new Request(`http://localhost${path}`));

/** A host after an hour in which its job `sweep` ran at noon, and did well unless told otherwise. */
async function hostWithSweep(fails = false): Promise<JobHost> {
  const sweep = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 1 },
    batch: async () => {
      if (fails) throw new Error(`cannot reach ${secret}`);
      return { processed: 3, next: null };
    },
  });
  const { host, clock } = memoryHost({ jobs: [sweep], jobOverrides: noBuiltInJobs() });
  await host.start();
  await clock.advanceBy(HOUR_MS);
  await host.idle();
  return host;
}

/** A host whose store does not answer as it should. */
function hostWithout(
  health: () => Promise<WithDates<HostHealth>>,
): Pick<JobHost, 'health' | 'state' | 'counters'> {
  return { health, state: 'running', counters: () => memoryHost().host.counters() };
}

const storeGone = hostWithout(() => Promise.reject(new StoreUnavailableError('PostgreSQL', secret)));
const storeSilent = hostWithout(() => new Promise(() => undefined));

describe('where all is well', () => {
  it('/healthz is 200 and names no trouble', async () => {
    const answer = await get(healthHandler(await hostWithSweep()), '/healthz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'healthy',
      judgedAt: '2026-11-24T12:45:00.000Z',
      trouble: [],
      degraded: [],
    });
  });

  it('/livez tells what the host is at', async () => {
    const { host } = memoryHost();
    const handle = healthHandler(host);
    const state = async (): Promise<unknown> => (await get(handle, '/livez')).json();
    expect(await state()).toEqual({ status: 'alive', host: 'new' });
    await host.start();
    expect(await state()).toEqual({ status: 'alive', host: 'running' });
    await host.stop();
    expect(await state()).toEqual({ status: 'alive', host: 'stopped' });
  });

  it('/livez is 503 for a host whose start hangs, and 200 as long as it may take', async () => {
    const gate = Promise.withResolvers<void>();
    const { host, clock } = memoryHost({
      modules: [{ name: 'slow', bindings: [], open: () => gate.promise }],
    });
    const [patient, hasty] = [healthHandler(host), healthHandler(host, { openTimeoutMs: 20_000 })];
    const starting = host.start();
    await clock.advanceBy(20_000);
    expect((await get(hasty, '/livez')).status).toBe(200);
    await clock.advanceBy(1);
    const answer = await get(hasty, '/livez');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'hanging', host: 'opening', openingMs: 20_001 });
    await clock.advanceBy(279_999);
    expect((await get(patient, '/livez')).status).toBe(200);
    await clock.advanceBy(1);
    expect((await get(patient, '/livez')).status).toBe(503);
    gate.resolve();
    await starting;
    for (const handle of [patient, hasty]) expect((await get(handle, '/livez')).status).toBe(200);
    await host.stop();
  });

  it('/jobs has everything, with instants as text', async () => {
    const answer = await get(healthHandler(await hostWithSweep()), '/jobs');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      healthy: true,
      judgedAt: '2026-11-24T12:45:00.000Z',
      jobs: [
        {
          job: 'sweep',
          verdict: 'healthy',
          lastSuccessTick: '2026-11-24T12:00:00.000Z',
          lagMs: 45 * 60_000,
          windowMs: 2 * HOUR_MS,
          lastDurationMs: 0,
          usualDurationMs: 0,
          failedItems: 0,
          recentRuns: 1,
          recentFailures: 0,
          lastError: null,
          nextTick: '2026-11-24T13:00:00.000Z',
          aheadThrough: null,
          runningTick: null,
          runningSince: null,
        },
      ],
      checks: [
        {
          check: 'clock',
          verdict: 'healthy',
          severity: null,
          text: null,
          since: null,
          facts: { skewed: [], count: 0 },
        },
      ],
      outbox: null,
      oldestUnsealed: null,
      oldestUnfinished: null,
      degraded: [],
      alerts: { owed: 0, oldestAgeMs: null },
      drift: null,
    });
  });

  it('/jobs shows what waits', async () => {
    const { host, clock } = memoryHost({ jobOverrides: noBuiltInJobs() });
    await host.open();
    const waiting: WithDates<HostHealth> = {
      ...(await host.health()),
      outbox: { pending: 7, oldestAgeMs: 2_500, oldestWaitMs: 1_250 },
      oldestUnsealed: { board: 'weekly', period: '2026-W47', endedAt: new Date(clock.now()), ageMs: 60_000 },
      oldestUnfinished: {
        board: 'weekly',
        period: '2026-W46',
        sealedAt: new Date(clock.now()),
        isArchived: true,
        ageMs: 90_000,
      },
      drift: { tick: new Date(clock.now()), repaired: 12 },
    };
    const handle = healthHandler(hostWithout(async () => waiting));
    expect(await (await get(handle, '/jobs')).json()).toMatchObject({
      outbox: { pending: 7, oldestAgeMs: 2_500, oldestWaitMs: 1_250 },
      oldestUnsealed: {
        board: 'weekly',
        period: '2026-W47',
        endedAt: '2026-11-24T11:45:00.000Z',
        ageMs: 60_000,
      },
      oldestUnfinished: { period: '2026-W46', sealedAt: '2026-11-24T11:45:00.000Z', isArchived: true },
      drift: { tick: '2026-11-24T11:45:00.000Z', repaired: 12 },
    });
    const metrics = new ParsedMetrics(await (await get(handle, '/metrics')).text());
    expect(metrics.value('gamekeeper_outbox_pending_events')).toBe(7);
    expect(metrics.value('gamekeeper_outbox_oldest_age_seconds')).toBe(2.5);
    expect(metrics.value('gamekeeper_outbox_oldest_wait_seconds')).toBe(1.25);
    expect(metrics.value('gamekeeper_oldest_unsealed_age_seconds')).toBe(60);
    expect(metrics.value('gamekeeper_oldest_unfinished_age_seconds')).toBe(90);
    expect(metrics.value('gamekeeper_recalculation_drift_members')).toBe(12);
  });

  it('/metrics is what a parser of Prometheus takes, in seconds', async () => {
    const answer = await get(healthHandler(await hostWithSweep()), '/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    const metrics = new ParsedMetrics(text);
    const job = { gamekeeper_job: 'sweep' };
    expect(metrics.value('gamekeeper_health_known')).toBe(1);
    expect(metrics.value('gamekeeper_healthy')).toBe(1);
    expect(metrics.value('gamekeeper_job_verdict', { ...job, gamekeeper_verdict: 'healthy' })).toBe(1);
    expect(metrics.value('gamekeeper_job_verdict', { ...job, gamekeeper_verdict: 'late' })).toBe(0);
    expect(metrics.value('gamekeeper_job_lag_seconds', job)).toBe(45 * 60);
    expect(metrics.value('gamekeeper_job_window_seconds', job)).toBe(7_200);
    expect(metrics.value('gamekeeper_job_last_success_timestamp_seconds', job)).toBe(
      Date.parse('2026-11-24T12:00:00Z') / 1_000,
    );
    expect(metrics.value('gamekeeper_job_last_duration_seconds', job)).toBe(0);
    expect(metrics.value('gamekeeper_job_usual_duration_seconds', job)).toBe(0);
    expect(metrics.value('gamekeeper_runs_total', { ...job, gamekeeper_run_end: 'succeeded' })).toBe(1);
    expect(metrics.value('gamekeeper_runs_total', { ...job, gamekeeper_run_end: 'failed' })).toBe(0);
    expect(metrics.value('gamekeeper_items_processed_total', job)).toBe(3);
    expect(metrics.value('gamekeeper_batches_total', job)).toBe(1);
    expect(text).toContain('\ngamekeeper_run_duration_seconds_bucket{gamekeeper_job="sweep",le="+Inf"} 1\n');
    // No bus is bound, and nothing was recalculated.
    expect(metrics.names).not.toContain('gamekeeper_outbox_pending_events');
    expect(metrics.names).not.toContain('gamekeeper_recalculation_drift_members');
  });
});

describe('where a check is in trouble', () => {
  async function handle(): Promise<HealthHandler> {
    const text = `cannot reach ${secret}`;
    const queue: HealthCheck = {
      name: 'payment-queue',
      judge: async (since) => ({
        facts: { queued: 7, oldestAt: since },
        finding: { severity: 'warning', text, since },
      }),
    };
    const { host } = memoryHost({ jobOverrides: noBuiltInJobs(), health: { checks: [queue] } });
    await host.open();
    return healthHandler(host);
  }

  it('/healthz is 503 and names it', async () => {
    const answer = await get(await handle(), '/healthz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: 'unhealthy',
      trouble: [{ check: 'payment-queue', verdict: 'unhealthy', severity: 'warning' }],
    });
  });

  it('/jobs says what is wrong, without the secrets that are in it, and what it judged by', async () => {
    expect(await (await get(await handle(), '/jobs')).json()).toMatchObject({
      healthy: false,
      checks: [
        { check: 'clock', verdict: 'healthy' },
        {
          check: 'payment-queue',
          verdict: 'unhealthy',
          severity: 'warning',
          text: 'cannot reach postgres://…@db:5432/game',
          since: '2026-11-24T11:45:00.000Z',
          facts: { queued: 7, oldestAt: '2026-11-24T11:45:00.000Z' },
        },
      ],
    });
  });

  it('/metrics tells which', async () => {
    const metrics = new ParsedMetrics(await (await get(await handle(), '/metrics')).text());
    expect(metrics.value('gamekeeper_healthy')).toBe(0);
    expect(metrics.value('gamekeeper_check_healthy', { gamekeeper_check: 'clock' })).toBe(1);
    expect(metrics.value('gamekeeper_check_healthy', { gamekeeper_check: 'payment-queue' })).toBe(0);
  });
});

describe('where a job is in trouble', () => {
  it('/healthz is 503 and names it', async () => {
    const answer = await get(healthHandler(await hostWithSweep(true)), '/healthz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: 'unhealthy',
      trouble: [{ job: 'sweep', verdict: 'failing' }],
    });
  });

  it('/livez is 200 all the same', async () => {
    expect((await get(healthHandler(await hostWithSweep(true)), '/livez')).status).toBe(200);
  });

  it('/jobs says what it failed with, without the secrets that are in it', async () => {
    const answer = await get(healthHandler(await hostWithSweep(true)), '/jobs');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      healthy: false,
      jobs: [{ verdict: 'failing', lastError: 'cannot reach postgres://…@db:5432/game' }],
    });
  });

  it('/metrics tells the verdict and the failures', async () => {
    const answer = await get(healthHandler(await hostWithSweep(true)), '/metrics');
    const metrics = new ParsedMetrics(await answer.text());
    expect(metrics.value('gamekeeper_healthy')).toBe(0);
    expect(
      metrics.value('gamekeeper_job_verdict', { gamekeeper_job: 'sweep', gamekeeper_verdict: 'failing' }),
    ).toBe(1);
    expect(
      metrics.value('gamekeeper_runs_total', { gamekeeper_job: 'sweep', gamekeeper_run_end: 'failed' }),
    ).toBe(1);
    expect(metrics.names).not.toContain('gamekeeper_job_last_success_timestamp_seconds');
  });
});

describe.each([
  ['is away', storeGone, 'STORE_UNAVAILABLE'],
  ['does not answer', storeSilent, 'NO_ANSWER'],
  ['answers with an error', hostWithout(() => Promise.reject(new Error(secret))), 'UNKNOWN'],
  ['is not open', memoryHost().host, 'HOST_STATE'],
])('where the store %s', (_, host, reason) => {
  const handle = healthHandler(host, { timeoutMs: 20 });

  it.each(['/healthz', '/jobs'])('%s is 503 and says why in one word', async (path) => {
    const answer = await get(handle, path);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'unknown', reason });
  });

  it('/livez is 200', async () => {
    expect((await get(handle, '/livez')).status).toBe(200);
  });

  it('/metrics has what this process counted, and that the health is not known', async () => {
    const answer = await get(handle, '/metrics');
    expect(answer.status).toBe(200);
    const metrics = new ParsedMetrics(await answer.text());
    expect(metrics.value('gamekeeper_health_known')).toBe(0);
    expect(
      metrics.value('gamekeeper_runs_total', {
        gamekeeper_job: 'streak-update',
        gamekeeper_run_end: 'succeeded',
      }),
    ).toBe(0);
    expect(metrics.names.filter((name) => name.startsWith('gamekeeper_job_'))).toEqual([]);
  });

  it('no answer holds a secret', async () => {
    for (const path of paths) expect(await (await get(handle, path)).text()).not.toContain('s3cret');
  });
});

describe('the store', () => {
  it('is asked once, however many requests wait for its answer', async () => {
    let asked = 0;
    const { host } = memoryHost();
    await host.open();
    const counting = hostWithout(() => {
      asked += 1;
      return host.health();
    });
    const handle = healthHandler(counting);
    await Promise.all(['/healthz', '/jobs', '/metrics', '/healthz'].map((path) => get(handle, path)));
    expect(asked).toBe(1);
    await get(handle, '/healthz');
    expect(asked).toBe(2);
  });

  it('is asked again when it has not answered in time', async () => {
    const { host } = memoryHost();
    await host.open();
    const answers = [() => new Promise<WithDates<HostHealth>>(() => undefined), () => host.health()];
    const handle = healthHandler(
      hostWithout(() => answers.shift()!()),
      { timeoutMs: 20 },
    );
    expect((await get(handle, '/healthz')).status).toBe(503);
    expect((await get(handle, '/healthz')).status).toBe(200);
  });
});

describe('the handler', () => {
  it.each(paths)('answers HEAD %s like GET, without the body, and nobody may keep it', async (path) => {
    const handle = healthHandler(await hostWithSweep());
    const head = await handle(new Request(`http://localhost${path}`, { method: 'HEAD' }));
    const whole = await get(handle, path);
    expect(head.status).toBe(whole.status);
    expect([...head.headers]).toEqual([...whole.headers]);
    expect(head.headers.get('cache-control')).toBe('no-store');
    expect(await head.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s with what is allowed', async (method) => {
    const answer = await healthHandler(storeGone)(new Request('http://localhost/healthz', { method }));
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each(['/', '/health', '/healthz/', '/constructor'])('knows nothing of %s', async (path) => {
    const answer = await get(healthHandler(storeGone), path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: 'NOT_FOUND', paths });
  });

  it('serves below a prefix, and only there', async () => {
    const handle = healthHandler(storeGone, { prefix: '/internal' });
    expect((await get(handle, '/internal/livez?probe=1')).status).toBe(200);
    expect((await get(handle, '/livez')).status).toBe(404);
  });

  it.each<[string, object]>([
    ['prefix', { prefix: 'internal' }],
    ['prefix', { prefix: '/internal/' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['openTimeoutMs', { openTimeoutMs: -1 }],
    ['timeout', { timeout: 5 }],
  ])('refuses a bad %s: %j', (option, options) => {
    expect(() => healthHandler(storeGone, options)).toThrow(expect.objectContaining({ option }));
  });
});
