import { type MetricDefinition } from '@gamekeeper/core/ports';
import {
  prometheusLabel,
  prometheusName,
  type HistogramSample,
  type MeasuredMetric,
} from '@gamekeeper/core/engine';

/** A text format of metrics. */
export interface Exposition {
  readonly mediaType: string;
  /** Returns metrics as text. Metrics without a value are left out. */
  readonly write: (metrics: readonly MeasuredMetric[]) => string;
}

/** The text format of Prometheus, version 0.0.4. */
export const prometheusText: Exposition = {
  mediaType: 'text/plain; version=0.0.4; charset=utf-8',
  write: (metrics) =>
    families(metrics, (metric) => {
      const name = prometheusName(metric);
      return [`# HELP ${name} ${escapedHelp(metric.help)}`, `# TYPE ${name} ${metric.kind}`];
    }),
};

/**
 * OpenMetrics, version 1.0.0: a family has its unit, a counter family is named without `_total`, and the text has an
 * end mark.
 */
export const openMetricsText: Exposition = {
  mediaType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  write: (metrics) =>
    `${families(metrics, (metric) => {
      const family = prometheusName(metric).replace(/_total$/, '');
      const unit = metric.unit === 's' ? [`# UNIT ${family} seconds`] : [];
      // OpenMetrics also escapes quotes in help texts; the Prometheus format does not.
      const help = escapedLabel(metric.help);
      return [`# TYPE ${family} ${metric.kind}`, ...unit, `# HELP ${family} ${help}`];
    })}# EOF\n`,
};

/** Returns the format that a scraper prefers by its `Accept` header; the Prometheus format without a preference. */
export function expositionFor(accept: string | null): Exposition {
  const ranges = (accept ?? '').split(',').map(mediaRange);
  const weightOf = (isMeant: (range: MediaRange) => boolean): number =>
    Math.max(0, ...ranges.filter(isMeant).map(({ weight }) => weight));
  const openMetrics = weightOf(
    ({ type, version }) => type === 'application/openmetrics-text' && /^1\.|^$/.test(version),
  );
  const text = weightOf(
    ({ type, version }) => ['text/plain', 'text/*', '*/*'].includes(type) && /^0\.0\.4$|^$/.test(version),
  );
  return openMetrics > 0 && openMetrics >= text ? openMetricsText : prometheusText;
}

interface MediaRange {
  readonly type: string;
  /** Empty if none is given. */
  readonly version: string;
  /** From 0 (not at all) to 1. */
  readonly weight: number;
}

function mediaRange(range: string): MediaRange {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const given = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
  return { type, version: given.get('version') ?? '', weight: Number(given.get('q') ?? 1) || 0 };
}

function families(
  metrics: readonly MeasuredMetric[],
  head: (metric: MetricDefinition) => readonly string[],
): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map((measured) => `${head(measured.metric).join('\n')}\n${linesOf(measured).join('')}`)
    .join('');
}

function linesOf(measured: MeasuredMetric): readonly string[] {
  const name = prometheusName(measured.metric);
  if (isHistogram(measured)) return measured.samples.flatMap((sample) => histogramLines(name, sample));
  return measured.samples.map(({ labels, value }) => line(name, labels, written(value)));
}

type MeasuredHistogram = Extract<MeasuredMetric, { readonly samples: readonly HistogramSample[] }>;

function isHistogram(measured: MeasuredMetric): measured is MeasuredHistogram {
  return measured.metric.kind === 'histogram';
}

function histogramLines(name: string, { labels, buckets, sum, count }: HistogramSample): readonly string[] {
  const bounded = [...buckets, { upTo: Infinity, count }];
  return [
    ...bounded.map((bucket) => line(`${name}_bucket`, labels, written(bucket.count), bound(bucket.upTo))),
    line(`${name}_sum`, labels, written(sum)),
    line(`${name}_count`, labels, written(count)),
  ];
}

function line(
  name: string,
  labels: Readonly<Record<string, string>> = {},
  value: string,
  upTo?: string,
): string {
  const named = Object.entries(labels).map(([label, text]) => [prometheusLabel(label), text] as const);
  const all = upTo === undefined ? named : [...named, ['le', upTo] as const];
  const pairs = all.map(([label, text]) => `${label}="${escapedLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

/** Both formats have the same bucket label only if the number has a decimal point. */
function bound(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : written(value);
}

function written(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escapedHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapedLabel(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"');
}
