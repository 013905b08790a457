import { type MetricDefinition } from '@gamekeeper/core/ports';
import { metricLabels, prometheusLabel, prometheusName } from '@gamekeeper/core/engine';
import { metricCatalogue as catalogue } from '@gamekeeper/core/game';
import type { Dashboard, DataSourceRef, Panel, Placed, VariableModel } from './grafana-schema.ts';

/** Who is asked: the data source that the reader of the dashboard has chosen. */
const datasource: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };
/** What all panels about jobs are narrowed to. */
const JOB = `${prometheusLabel(metricLabels.job)}=~"$gamekeeper_job"`;

const WIDTH = 24;
const HEIGHT = 8;

/** The dashboard as JSON: a panel for each metric of the catalogue, in rows by what it tells. */
export function grafanaDashboard(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

/** The dashboard of Gamekeeper for Grafana. */
export function dashboard(): Dashboard {
  const all = Object.values<MetricDefinition>(catalogue);
  const ofJobs = all.filter(isOfJob);
  const rest = all.filter((metric) => !isOfJob(metric));
  return {
    uid: 'gamekeeper',
    title: 'Gamekeeper',
    description: 'The background jobs of a quiz game: their health, their work, and what they stand on.',
    tags: ['gamekeeper'],
    editable: true,
    schemaVersion: 39,
    timezone: 'utc',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: variables() },
    panels: laidOut([
      ['Health', rest.filter(({ scope }) => scope === 'store')],
      ['Jobs', ofJobs.filter(({ scope }) => scope === 'store')],
      ['Work of the instances', ofJobs.filter(({ scope }) => scope === 'process')],
      ['Instances and what they stand on', rest.filter(({ scope }) => scope === 'process')],
    ]),
  };
}

function isOfJob({ labels }: MetricDefinition): boolean {
  return labels.includes(metricLabels.job);
}

function variables(): VariableModel[] {
  const verdict = prometheusName(catalogue.jobVerdict);
  const job = prometheusLabel(metricLabels.job);
  const query = `label_values(${verdict}, ${job})`;
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    {
      name: job,
      label: 'Job',
      type: 'query',
      datasource,
      query,
      multi: true,
      includeAll: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
      refresh: 2,
      sort: 1,
    },
  ];
}

type Row = readonly [title: string, metrics: readonly MetricDefinition[]];

/** Three panels side by side, row below row. */
function laidOut(rows: readonly Row[]): Placed[] {
  const panels: Placed[] = [];
  let y = 0;
  for (const [title, metrics] of rows) {
    const gridPos = { x: 0, y, w: WIDTH, h: 1 };
    panels.push({ type: 'row', id: panels.length + 1, title, collapsed: false, gridPos, panels: [] });
    y += 1;
    metrics.forEach((metric, index) => {
      const x = (index % 3) * (WIDTH / 3);
      const at = { x, y: y + Math.floor(index / 3) * HEIGHT, w: WIDTH / 3, h: HEIGHT };
      panels.push({ ...panel(metric), id: panels.length + 1, gridPos: at });
    });
    y += Math.ceil(metrics.length / 3) * HEIGHT;
  }
  return panels;
}

function panel(metric: MetricDefinition): Panel {
  const isState = metric === catalogue.jobVerdict;
  return {
    type: isState ? 'state-timeline' : 'timeseries',
    title: titleOf(metric),
    description: metric.help,
    datasource,
    targets: queries(metric).map(({ expr, legend }, index) => ({
      refId: 'ABC'[index]!,
      datasource,
      expr,
      legendFormat: legend,
      range: true,
    })),
    fieldConfig: {
      defaults: { unit: unitOf(metric), ...(!isSigned(metric) && { min: 0 }) },
      overrides: [],
    },
  };
}

interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** What a panel asks for. Expressions hold nothing of Grafana's but `$gamekeeper_job` and `$__rate_interval`. */
function queries(metric: MetricDefinition): readonly Query[] {
  const name = prometheusName(metric);
  const chosen = isOfJob(metric) ? `{${JOB}}` : '';
  const labels = metric.labels.map(prometheusLabel);
  const legend = labels.map((label) => `{{${label}}}`).join(' ');
  const by = (more: readonly string[] = []): string => {
    const all = [...labels, ...more];
    return all.length > 0 ? ` by (${all.join(', ')})` : '';
  };
  if (metric === catalogue.jobVerdict) {
    const [job, verdict] = labels;
    return [
      { expr: `max by (${job}, ${verdict}) (${name}${chosen}) == 1`, legend: `{{${job}}}: {{${verdict}}}` },
    ];
  }
  if (metric.kind === 'histogram') {
    const rate = `sum${by(['le'])} (rate(${name}_bucket${chosen}[$__rate_interval]))`;
    return [0.5, 0.95].map((share) => ({
      expr: `histogram_quantile(${share}, ${rate})`,
      legend: `${legend} p${share * 100}`,
    }));
  }
  if (metric.kind === 'counter')
    return [{ expr: `sum${by()} (rate(${name}${chosen}[$__rate_interval]))`, legend }];
  const value = isTimestamp(metric) ? `${name}${chosen} - time()` : `${name}${chosen}`;
  if (metric.scope === 'store') return [{ expr: `max${by()} (${value})`, legend: legend || titleOf(metric) }];
  return [{ expr: value, legend: `{{instance}} ${legend}`.trim() }];
}

function isTimestamp({ name }: MetricDefinition): boolean {
  return name.endsWith('.timestamp');
}

/** Whether it is about something that may lie behind as well as ahead. */
function isSigned(metric: MetricDefinition): boolean {
  return metric === catalogue.clockSkew || isTimestamp(metric);
}

/** A unit of Grafana's. */
function unitOf({ kind, unit }: MetricDefinition): string {
  if (unit === 's') return 's';
  return kind === 'counter' ? 'cps' : 'short';
}

/** `Job lag` for `gamekeeper.job.lag`. */
function titleOf(metric: MetricDefinition): string {
  const words = metric.name
    .replace(/^gamekeeper\./, '')
    .replace(/\.timestamp$/, '')
    .replaceAll(/[._]/g, ' ');
  const title = `${words[0]!.toUpperCase()}${words.slice(1)}`;
  if (isTimestamp(metric)) return `${title}, from now`;
  return metric.kind === 'counter' ? `${title} per second` : title;
}
