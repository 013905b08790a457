import { type RunObserver } from '@gamekeeper/core';
import { combineObservers } from '@gamekeeper/core/engine';
import { metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import { runMetrics } from './run-metrics.ts';
import { runSpans } from './run-spans.ts';
import { SCOPE } from './scope.ts';

/** What {@link telemetry} takes. */
export interface TelemetryOptions {
  /** Default: the one that is registered with the OpenTelemetry API. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that is registered with the OpenTelemetry API when there is something to count. */
  readonly meterProvider?: MeterProvider;
}

/**
 * Tells OpenTelemetry of every run: a span each, with a span for each of its batches inside, and metrics. While no SDK
 * is registered nothing is recorded. What a batch does, such as its statements, belongs to the batch's span.
 *
 * @example
 * const host = createJobHost({ modules, observers: [telemetry()] });
 */
export function telemetry({ tracerProvider, meterProvider }: TelemetryOptions = {}): RunObserver {
  return combineObservers([
    runSpans((tracerProvider ?? trace).getTracer(SCOPE)),
    runMetrics(() => (meterProvider ?? metrics).getMeter(SCOPE)),
  ]);
}
