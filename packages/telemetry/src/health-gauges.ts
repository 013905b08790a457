import { InvalidOptionError, type HostHealth } from '@gamekeeper/core';
import { type MeasuredValues, type MetricDefinition } from '@gamekeeper/core/ports';
import { wholeNumber } from '@gamekeeper/core/engine';
import { healthMetrics, metricCatalogue } from '@gamekeeper/core/game';
import {
  diag,
  metrics,
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  type ObservableCounter,
  type ObservableGauge,
} from '@opentelemetry/api';
import { setTimeout } from 'node:timers/promises';
import { errorType } from './errors.ts';
import { SCOPE } from './scope.ts';

/** What {@link healthGauges} takes. */
export interface HealthGaugesOptions {
  /** Default: the one that is registered with the OpenTelemetry API now. */
  readonly meterProvider?: MeterProvider;
  /** How long a collection waits for the health. Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
}

/** Gauges that are read at every collection. */
export interface HealthGauges {
  /** They are read no longer. */
  stop(): void;
}

/** What {@link healthGauges} asks: a `JobHost`, usually. */
export interface MeasuredHost {
  health(): Promise<HostHealth>;
  /** What its process measures of itself. */
  metrics?(): readonly MeasuredValues[];
}

/**
 * Shows the health of a host, and what its process measures of itself, by the names of core's `metricCatalogue`. The
 * host is asked at every collection. While it cannot tell, `gamekeeper.health.known` is 0 and the others of the store keep
 * what they showed or have no value, as the SDK does it; the rest of the collection goes on.
 *
 * Of the metrics of the store every instance shows the same: aggregate them over instances with `max`, never with `sum`.
 *
 * @param host usually the `JobHost`, open or started by the time of the first collection
 * @throws {InvalidOptionError}
 * @example
 * await host.start();
 * const gauges = healthGauges(host);
 */
export function healthGauges(
  host: MeasuredHost,
  { meterProvider, timeoutMs = 5_000 }: HealthGaugesOptions = {},
): HealthGauges {
  wholeNumber('timeoutMs', timeoutMs, { min: 1, max: 600_000 });
  if (typeof host?.health !== 'function')
    throw new InvalidOptionError('host', host, 'must be the JobHost that createJobHost returns');
  const meter = (meterProvider ?? metrics).getMeter(SCOPE);
  const ofProcess = (): readonly MeasuredValues[] => host.metrics?.() ?? [];
  const instruments = instrumentsFor(meter, [
    ...Object.values(metricCatalogue).filter(({ scope }) => scope === 'store'),
    ...ofProcess().map(({ metric }) => metric),
  ]);
  const collect = async (result: BatchObservableResult): Promise<void> => {
    const health = await healthWithTimeout(host, timeoutMs);
    observe(result, instruments, [...healthMetrics(health), ...ofProcess()]);
  };
  const all = [...instruments.values()];
  meter.addBatchObservableCallback(collect, all);
  return { stop: () => meter.removeBatchObservableCallback(collect, all) };
}

/** The host's health, unless it cannot be told in time. */
async function healthWithTimeout(
  host: { health(): Promise<HostHealth> },
  timeoutMs: number,
): Promise<HostHealth | null> {
  try {
    return await Promise.race([host.health(), setTimeout(timeoutMs, null, { ref: false })]);
  } catch (error) {
    diag.warn(`gamekeeper: the health of the jobs is not known (${errorType(error)})`);
    return null;
  }
}

type Instrument = ObservableGauge | ObservableCounter;

/** Instruments by the names of their metrics. */
function instrumentsFor(meter: Meter, all: readonly MetricDefinition[]): ReadonlyMap<string, Instrument> {
  return new Map(all.map((metric) => [metric.name, instrument(meter, metric)]));
}

function instrument(meter: Meter, { name, kind, unit, help }: MetricDefinition): Instrument {
  const options = { unit, description: help };
  return kind === 'counter'
    ? meter.createObservableCounter(name, options)
    : meter.createObservableGauge(name, options);
}

function observe(
  result: BatchObservableResult,
  instruments: ReadonlyMap<string, Instrument>,
  measured: readonly MeasuredValues[],
): void {
  for (const { metric, samples } of measured) {
    const target = instruments.get(metric.name);
    if (!target) continue;
    for (const { value, labels } of samples) result.observe(target, value, labels);
  }
}
