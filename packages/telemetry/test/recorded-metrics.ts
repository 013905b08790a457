import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';

const HOUR_MS = 3_600_000;

/** A real meter provider with an on-demand exporter. */
export class RecordedMetrics {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: HOUR_MS,
  });
  readonly provider: MeterProvider = new MeterProvider({ readers: [this.#reader] });

  /** Collects, and returns what was exported. */
  async collect(): Promise<Collection> {
    this.#exporter.reset();
    await this.#reader.forceFlush();
    const [resource] = this.#exporter.getMetrics();
    return new Collection(resource?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []);
  }

  close(): Promise<void> {
    return this.provider.shutdown();
  }
}

/** The result of one collection. */
export class Collection {
  readonly #metrics: readonly MetricData[];

  constructor(metrics: readonly MetricData[]) {
    this.#metrics = metrics;
  }

  /** Metric names and their units. */
  get units(): Record<string, string> {
    return Object.fromEntries(this.#metrics.map(({ descriptor: { name, unit } }) => [name, unit]));
  }

  /** Returns the data points of a metric as pairs of attributes and value. */
  points(name: string): readonly (readonly [object, number | Histogram])[] {
    const metric = this.#metrics.find(({ descriptor }) => descriptor.name === name);
    const points = (metric?.dataPoints ?? []) as readonly DataPoint<number | Histogram>[];
    return points.map(({ attributes, value }) => [attributes, value]);
  }
}
