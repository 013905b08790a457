/** How the values of a metric behave: a current value, a growing total, or a distribution over buckets. */
export type MetricKind = 'gauge' | 'counter' | 'histogram';

/**
 * The definition of a metric. Name, unit and labels follow OpenTelemetry; {@link prometheusName} and {@link
 * prometheusLabel} return the Prometheus names, as OpenTelemetry exporters would write them.
 */
export interface MetricDefinition<Kind extends MetricKind = MetricKind> {
  /** Lower-case words joined by dots and underscores: `gamekeeper.job.lag`. Without unit and `total`. */
  readonly name: string;
  readonly kind: Kind;
  /** `s` for seconds, or the counted thing in braces: `{event}`. Empty for a state that is 0 or 1. */
  readonly unit: string;
  /** One sentence. */
  readonly help: string;
  /** Names of labels. Each has few values, known from the host's options: never a player id or an error message. */
  readonly labels: readonly string[];
  /**
   * `process`: every process has its own value; sum counters over instances. `store`: read from the store that all
   * instances share, so every instance reports the same; use the maximum.
   */
  readonly scope: 'process' | 'store';
}

/** One value of a gauge or a counter. */
export interface Sample {
  /** By the names of the definition's labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The number of observations at or below each bound; the bounds increase. */
export interface HistogramSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** A gauge or a counter with its values; no values if unknown. */
export interface MeasuredValues {
  readonly metric: MetricDefinition<'gauge' | 'counter'>;
  readonly samples: readonly Sample[];
}

/** A metric with its values; no values if unknown. */
export type MeasuredMetric =
  | MeasuredValues
  | { readonly metric: MetricDefinition<'histogram'>; readonly samples: readonly HistogramSample[] };

/** A metric that a module contributes. `read` returns its values at every collection, from memory only. */
export interface MetricSource {
  readonly metric: MetricDefinition<'gauge' | 'counter'>;
  /** Must not block. If it throws, the metric has no values in that collection. */
  readonly read: () => readonly Sample[];
}

/** Returns the Prometheus name of a metric: `gamekeeper_job_lag_seconds`, `gamekeeper_runs_total`. */
export function prometheusName({ name, unit, kind }: MetricDefinition): string {
  const withUnit = `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}

/** Returns the Prometheus name of a label: `gamekeeper_job`. */
export function prometheusLabel(label: string): string {
  return label.replaceAll('.', '_');
}

/** Returns the current values of a source; none if it throws. */
export function readMetric({ metric, read }: MetricSource): MeasuredValues {
  try {
    return { metric, samples: read() };
  } catch {
    return { metric, samples: [] };
  }
}
