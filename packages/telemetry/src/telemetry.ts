import { type RunObserver } from '@gamekeeper/core';
import { combineObservers, knownOptions, withMethods } from '@gamekeeper/core/engine';
import { metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import { runMetrics } from './run-metrics.ts';
import { runSpans } from './run-spans.ts';
import { SCOPE } from './scope.ts';

/** Options of {@link telemetry}. */
export interface TelemetryOptions {
  /** Default: the provider registered with the OpenTelemetry API. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the provider registered with the OpenTelemetry API at the first event. */
  readonly meterProvider?: MeterProvider;
}

/**
 * Returns an observer that reports every run to OpenTelemetry: one span per run, with a child span for each batch, and
 * metrics. Without a registered SDK nothing is recorded. Spans of the batch's own work, such as its SQL statements, are
 * children of the batch's span.
 *
 * @throws {InvalidOptionError}
 * @example
 * const host = createJobHost({ modules, observers: [telemetry()] });
 */
export function telemetry(options: TelemetryOptions = {}): RunObserver {
  const { tracerProvider, meterProvider } = knownOptions(options, ['tracerProvider', 'meterProvider']);
  if (tracerProvider !== undefined)
    withMethods('tracerProvider', tracerProvider, ['getTracer'], 'must be a TracerProvider of OpenTelemetry');
  if (meterProvider !== undefined)
    withMethods('meterProvider', meterProvider, ['getMeter'], 'must be a MeterProvider of OpenTelemetry');
  return combineObservers([
    runSpans((tracerProvider ?? trace).getTracer(SCOPE)),
    runMetrics(() => (meterProvider ?? metrics).getMeter(SCOPE)),
  ]);
}
