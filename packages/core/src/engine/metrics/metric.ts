/** How the values of a metric behave: as they are, only growing, or spread over buckets. */
export type MetricKind = 'gauge' | 'counter' | 'histogram';

/**
 * What a metric is. Its name, unit and labels are those of OpenTelemetry; Prometheus has them by
 * {@link prometheusName} and {@link prometheusLabel}, as every exporter of OpenTelemetry would write them.
 */
export interface MetricDefinition<Kind extends MetricKind = MetricKind> {
  /** Lower-case words joined by dots and underscores: `gamekeeper.job.lag`. Without unit and `total`. */
  readonly name: string;
  readonly kind: Kind;
  /** `s` for seconds, or what is counted, in braces: `{event}`. Empty for a state that is 0 or 1. */
  readonly unit: string;
  /** One sentence. */
  readonly help: string;
  /** Names of labels. Each has few values, known from the host's options: never a player or the text of an error. */
  readonly labels: readonly string[];
  /**
   * `process`: every process has its own value; add counters up over instances. `store`: read from the store that all
   * instances share, so that each shows the same; take the maximum.
   */
  readonly scope: 'process' | 'store';
}

/** One value of a gauge or a counter. */
export interface Sample {
  /** By the names of the definition's labels. */
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

/** A gauge or a counter with its values: none where they are not known. */
export interface MeasuredValues {
  readonly metric: MetricDefinition<'gauge' | 'counter'>;
  readonly samples: readonly Sample[];
}

/** A metric with its values: none where they are not known. */
export type MeasuredMetric =
  | MeasuredValues
  | { readonly metric: MetricDefinition<'histogram'>; readonly samples: readonly HistogramSample[] };

/** A metric that a module contributes: `read` returns its values at every collection, from memory alone. */
export interface MetricSource {
  readonly metric: MetricDefinition<'gauge' | 'counter'>;
  /** Must not wait. When it throws, the metric has no values in that collection. */
  readonly read: () => readonly Sample[];
}

/** The name that a metric has in Prometheus: `gamekeeper_job_lag_seconds`, `gamekeeper_runs_total`. */
export function prometheusName({ name, unit, kind }: MetricDefinition): string {
  const withUnit = `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}

/** The name that a label has in Prometheus: `gamekeeper_job`. */
export function prometheusLabel(label: string): string {
  return label.replaceAll('.', '_');
}

/** The values that a source has now: none when it throws. */
export function readMetric({ metric, read }: MetricSource): MeasuredValues {
  try {
    return { metric, samples: read() };
  } catch {
    return { metric, samples: [] };
  }
}
