import { createJobHost, serveHealth, type HealthServer, type JobHost } from '@gamekeeper/composition';
import { metricCatalogue, prometheusLabel, prometheusName, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '@gamekeeper/testkit';

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withMetricTable } from '../scripts/metrics/metric-table.ts';
import { describeWithPrometheus } from './server-suites.ts';
import { prometheusFolder, startPrometheus, type PrometheusServer } from './servers/prometheus.ts';

/** What Prometheus puts on every series by itself. */
const OF_THE_TARGET = ['__name__', 'job', 'instance'];

describeWithPrometheus('a Prometheus that scrapes a host', () => {
  let host: JobHost;
  let health: HealthServer;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    host = createJobHost({ modules: [memoryAdapters(), cronerScheduler()], logger: silentLogger });
    await host.start();
    await host.idle();
    health = await serveHealth(host, { port: 0 });
    prometheus = await startPrometheus([new URL(health.url).host]);
    await prometheus.find('gamekeeper_healthy');
  });
  afterAll(async () => {
    await prometheus?.stop();
    await health?.close();
    await host?.stop();
  });

  it('finds a job by its name, and moves no label of ours out of its own way', async () => {
    expect(
      await prometheus.query('gamekeeper_job_lag_seconds{gamekeeper_job="streak-update"}'),
    ).toMatchObject([{ metric: { job: 'backend' } }]);
    expect(await prometheus.query('{__name__=~"gamekeeper_.+", exported_job!=""}')).toEqual([]);
    expect(await prometheus.query('up{job="backend"}')).toMatchObject([{ value: 1 }]);
  });

  it('has of every series the labels that the catalogue names, and no others', async () => {
    const labels = new Map<string, readonly string[]>();
    for (const metric of Object.values(metricCatalogue)) {
      const own = metric.labels.map(prometheusLabel);
      const name = prometheusName(metric);
      if (metric.kind !== 'histogram') labels.set(name, own);
      else
        labels
          .set(`${name}_bucket`, [...own, 'le'])
          .set(`${name}_sum`, own)
          .set(`${name}_count`, own);
    }
    const series = await prometheus.query('{__name__=~"gamekeeper_.+"}');
    expect(series.length).toBeGreaterThan(100);
    for (const { metric } of series) {
      const known = labels.get(metric['__name__']!);
      const told = Object.keys(metric).filter((label) => !OF_THE_TARGET.includes(label));
      expect([metric['__name__'], told.toSorted()]).toEqual([metric['__name__'], known?.toSorted()]);
    }
  });

  it.each(['text/plain', 'application/openmetrics-text'])('takes %s', async (accept) => {
    const answer = await fetch(`${health.url}/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toContain(accept);
    expect(await answer.text()).toContain('gamekeeper_job="streak-update"');
  });

  it('is content with the names, types and helps by its own linter', async () => {
    const input = await (await fetch(`${health.url}/metrics`)).text();
    const promtool = join(prometheusFolder!, 'promtool');
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

it('the reference of metrics in docs/operate.md is what `npm run metrics` makes', async () => {
  const page = await readFile(new URL('../docs/operate.md', import.meta.url), 'utf8');
  expect(page).toBe(withMetricTable(page));
});
