import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisEventBus, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { serveHealth, type HealthServer } from '@gamekeeper/http';
import { silentLogger, verdicts } from '@gamekeeper/core';
import { isUnhealthy, prometheusLabel, prometheusName } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboard, grafanaDashboard } from '../scripts/metrics/grafana-dashboard.ts';
import { withMetricTable } from '../scripts/metrics/metric-table.ts';
import { describeWithPostgres, describeWithPrometheus, describeWithRedis } from './server-suites.ts';
import { prometheusFolder, startPrometheus, type PrometheusServer } from './servers/prometheus.ts';

/** What Prometheus puts on every series by itself. */
const OF_THE_TARGET = ['__name__', 'job', 'instance'];

const ops = fileURLToPath(new URL('../ops', import.meta.url));

function promtool(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(join(prometheusFolder!, 'promtool'), args, {
    input,
    cwd: ops,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** What the panels of the dashboard ask for, with the values of Grafana's variables filled in. */
const panels = dashboard().panels.flatMap((panel) =>
  'targets' in panel
    ? panel.targets.map((target) => ({
        title: panel.title,
        expr: target.expr.replaceAll('$__rate_interval', '1m').replaceAll('$gamekeeper_job', '.*'),
      }))
    : [],
);

describeWithPrometheus('a Prometheus', () => {
  describeWithRedis('beside Redis', (redisUrl) => {
    describeWithPostgres('that scrapes a host', (databaseUrl) => {
      const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
      let host: JobHost;
      let health: HealthServer;
      let prometheus: PrometheusServer;

      beforeAll(async () => {
        host = createJobHost({
          modules: [
            postgresAdapters({ url: databaseUrl, schema, poolSize: 4 }),
            redisConnection({ url: redisUrl, keyPrefix: schema }),
            redisLeaderboards(),
            redisEventBus({ partitions: 1 }),
            cronerScheduler(),
          ],
          logger: silentLogger,
        });
        await host.start();
        for (const { job } of host.jobs) await host.runNow(job.name);
        health = await serveHealth(host, { port: 0 });
        prometheus = await startPrometheus([new URL(health.url).host], [join(ops, 'prometheus-rules.yml')]);
        await prometheus.find('count_over_time(gamekeeper_healthy[10s]) >= 3');
      });
      afterAll(async () => {
        await prometheus?.stop();
        await health?.close();
        await host?.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
        await host?.stop();
      });

      it('finds a job by its name, and moves no label of ours out of its own way', async () => {
        const found = await prometheus.find('gamekeeper_job_lag_seconds{gamekeeper_job="streak-update"}');
        expect(found).toMatchObject([{ metric: { job: 'backend' } }]);
        expect(await prometheus.query('{__name__=~"gamekeeper_.+", exported_job!=""}')).toEqual([]);
        expect(await prometheus.find('up{job="backend"} == 1')).toHaveLength(1);
      });

      it('has every metric of the catalogue, with the labels that are named there and no others', async () => {
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
        const series = await prometheus.find('{__name__=~"gamekeeper_.+"}');
        for (const { metric } of series) {
          const known = labels.get(metric['__name__']!);
          const told = Object.keys(metric).filter((label) => !OF_THE_TARGET.includes(label));
          expect([metric['__name__'], told.toSorted()]).toEqual([metric['__name__'], known?.toSorted()]);
        }
        const found = new Set(series.map(({ metric }) => metric['__name__']));
        expect([...labels.keys()].filter((name) => !found.has(name))).toEqual([]);
      });

      it.each(['text/plain', 'application/openmetrics-text'])('takes %s', async (accept) => {
        const answer = await fetch(`${health.url}/metrics`, { headers: { accept } });
        expect(answer.headers.get('content-type')).toContain(accept);
        expect(await answer.text()).toContain('gamekeeper_job="streak-update"');
      });

      it('is content with the names, types and helps by its own linter', async () => {
        const text = await (await fetch(`${health.url}/metrics`)).text();
        expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, stdout: '', stderr: '' });
      });

      it.each(panels)('answers the panel $title: $expr', async ({ expr }) => {
        // A scrape that a busy machine answers too late leaves a gap until the next.
        expect((await prometheus.find(expr)).length).toBeGreaterThan(0);
      });

      it('evaluates all alert rules, none of which fires for a host that is well', async () => {
        const rules = await prometheus.rules();
        expect(rules.length).toBeGreaterThan(10);
        const evaluated = rules.map(({ name, health: state, lastError }) => [name, state, lastError ?? '']);
        expect(evaluated).toEqual(rules.map(({ name }) => [name, 'ok', '']));
        expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
      });

      it('has an alert for every verdict and check, each with its entry in the runbook', async () => {
        const rules = await prometheus.rules();
        const about = (label: string, value: string): boolean =>
          rules.some(({ query }) => query.includes(`${label}="${value}"`));
        for (const verdict of verdicts.filter((one) => isUnhealthy(one) || one === 'paused'))
          expect([verdict, about('gamekeeper_verdict', verdict)]).toEqual([verdict, true]);
        const { checks } = await host.health();
        for (const { check } of checks.filter((one) => !one.check.startsWith('board-')))
          expect([check, about('gamekeeper_check', check)]).toEqual([check, true]);
        for (const { name, annotations } of rules) {
          const entry = name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
          expect(annotations['runbook_url']).toBe(`docs/runbook.md#${entry}`);
        }
        expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
      });
    });
  });

  it('finds the alert rules valid, and each silent and firing where its test says so', async () => {
    expect(promtool(['check', 'rules', 'prometheus-rules.yml'])).toMatchObject({ status: 0, stderr: '' });
    expect(promtool(['test', 'rules', 'prometheus-rules.test.yml'])).toMatchObject({ status: 0, stderr: '' });
    const named = (text: string, key: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^ *(?:- )?${key}: (\\w+)$`, 'gm'))].map(([, name]) => name!);
    const rules = named(await readFile(join(ops, 'prometheus-rules.yml'), 'utf8'), 'alert');
    const tests = await readFile(join(ops, 'prometheus-rules.test.yml'), 'utf8');
    expect(named(tests, 'name')).toEqual(rules);
    // Each is looked at twice: where it is silent, and where it fires.
    expect(named(tests, 'alertname')).toEqual(rules.flatMap((name) => [name, name]));
  });
});

describe('what is made from the catalogue by `npm run metrics`', () => {
  it('is the reference of metrics in docs/operate.md', async () => {
    const page = await readFile(new URL('../docs/operate.md', import.meta.url), 'utf8');
    expect(page).toBe(withMetricTable(page));
  });

  it('is the dashboard for Grafana', async () => {
    expect(await readFile(join(ops, 'grafana-dashboard.json'), 'utf8')).toBe(grafanaDashboard());
  });

  it('is a dashboard with a panel for every metric, each in a place of its own', () => {
    const all = dashboard().panels;
    const told = all.flatMap((panel) => ('description' in panel ? [panel.description] : []));
    expect(told.toSorted()).toEqual(
      Object.values(metricCatalogue)
        .map(({ help }) => help)
        .toSorted(),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const cells = all.flatMap(({ gridPos }) => {
      const { x, y, w, h } = gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});
