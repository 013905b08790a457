import { type HostHealth, type WithDates } from '@gamekeeper/core';
import { type MeasuredValues, type MetricDefinition } from '@gamekeeper/core/ports';
import { knownOptions, wholeNumber, withMethods } from '@gamekeeper/core/engine';
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

/** Options of {@link healthGauges}. */
export interface HealthGaugesOptions {
  /** Default: the provider registered with the OpenTelemetry API at the call. */
  readonly meterProvider?: MeterProvider;
  /** Timeout for reading the health, per collection. Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
}

/** Gauges that are observed at every collection. */
export interface HealthGauges {
  /** Stops the observation. */
  stop(): void;
}

/** What {@link healthGauges} observes, usually a `JobHost`. */
export interface MeasuredHost {
  health(): Promise<WithDates<HostHealth>>;
  /** Returns the metrics of this process. */
  metrics?(): readonly MeasuredValues[];
}

/**
 * Registers gauges for the health of a host and for the metrics of its process, with the names of core's
 * `metricCatalogue`. The health is read at every collection. While it cannot be read, `gamekeeper.health.known` is 0,
 * and the other metrics of the store keep their last value or have none, depending on the SDK; other instruments are
 * still collected.
 *
 * Every instance reports the same metrics of the store: aggregate them over instances with `max`, never with `sum`.
 *
 * @param host usually the `JobHost`, open or started before the first collection
 * @throws {InvalidOptionError}
 * @example
 * await host.start();
 * const gauges = healthGauges(host);
 */
export function healthGauges(host: MeasuredHost, options: HealthGaugesOptions = {}): HealthGauges {
  const { meterProvider, timeoutMs = 5_000 } = knownOptions(options, ['meterProvider', 'timeoutMs']);
  if (meterProvider !== undefined)
    withMethods('meterProvider', meterProvider, ['getMeter'], 'must be a MeterProvider of OpenTelemetry');
  wholeNumber('timeoutMs', timeoutMs, { min: 1, max: 600_000 });
  withMethods('host', host, ['health'], 'must be the JobHost that createJobHost returns');
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

/** Returns the host's health, or throws after the timeout. */
async function healthWithTimeout(
  host: { health(): Promise<WithDates<HostHealth>> },
  timeoutMs: number,
): Promise<WithDates<HostHealth> | null> {
  try {
    return await Promise.race([host.health(), setTimeout(timeoutMs, null, { ref: false })]);
  } catch (error) {
    diag.warn(`gamekeeper: the health of the jobs cannot be read (${errorType(error)})`);
    return null;
  }
}

type Instrument = ObservableGauge | ObservableCounter;

/** Creates the instruments, keyed by the names of their metrics. */
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
