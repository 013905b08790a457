/** The media type of {@link prometheusText}. */
export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** One value of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How many observations were not above a bound, for rising bounds. */
export interface HistogramSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** A metric with all its values. */
export type Metric = { readonly name: string; readonly help: string } & (
  | { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample[] }
  | { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] }
);

/** Writes metrics in the text format of Prometheus, version 0.0.4. A metric without a value is left out. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map((metric) => {
      const { name, help, type } = metric;
      return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${linesOf(metric).join('')}`;
    })
    .join('');
}

function linesOf(metric: Metric): readonly string[] {
  const { name } = metric;
  if (metric.type === 'histogram') return metric.samples.flatMap((sample) => histogramLines(name, sample));
  return metric.samples.map(({ labels, value }) => line(name, labels, value));
}

function histogramLines(name: string, { labels, buckets, sum, count }: HistogramSample): readonly string[] {
  const bounded = [...buckets, { upTo: Infinity, count }];
  return [
    ...bounded.map((bucket) => line(`${name}_bucket`, { ...labels, le: written(bucket.upTo) }, bucket.count)),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}

function line(name: string, labels: Readonly<Record<string, string>> = {}, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapedLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${written(value)}\n`;
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
