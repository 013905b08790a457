import { type RunObserver } from '@gamekeeper/core';
import { type MetricDefinition } from '@gamekeeper/core/ports';
import { durationBucketsMs, metricLabels } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { errorType } from './errors.ts';

interface Instruments {
  readonly runs: Counter;
  readonly duration: Histogram;
  readonly batches: Counter;
  readonly retries: Counter;
  readonly throttled: Counter;
  readonly processed: Counter;
  readonly failed: Counter;
  readonly skipped: Counter;
}

/**
 * Counts the runs of this process. Instruments are created at the first event, because a meter that is requested before
 * the SDK is registered never counts anything.
 */
export function runMetrics(meter: () => Meter): RunObserver {
  let made: Instruments | undefined;
  const instruments = (): Instruments => (made ??= makeInstruments(meter()));
  return {
    batchCommitted: ({ job }, { processed }) => {
      const { batches, processed: items } = instruments();
      const about = { [metricLabels.job]: job };
      batches.add(1, about);
      items.add(processed, about);
    },
    batchRetried: ({ job }, { error }) =>
      instruments().retries.add(1, { [metricLabels.job]: job, 'error.type': errorType(error) }),
    runThrottled: ({ job }, { pauseMs }) =>
      instruments().throttled.add(pauseMs / 1_000, { [metricLabels.job]: job }),
    itemFailed: ({ job }, { error }) =>
      instruments().failed.add(1, { [metricLabels.job]: job, 'error.type': errorType(error) }),
    runEnded: ({ job, end, error, durationMs }) => {
      const { runs, duration } = instruments();
      const failure = end === 'failed' ? { 'error.type': errorType(error) } : {};
      const about = { [metricLabels.job]: job, [metricLabels.runEnd]: end, ...failure };
      runs.add(1, about);
      duration.record(durationMs / 1_000, about);
    },
    ticksSkipped: (job, ticks, reason) =>
      instruments().skipped.add(ticks.length, { [metricLabels.job]: job, [metricLabels.skipReason]: reason }),
  };
}

function makeInstruments(meter: Meter): Instruments {
  const counter = ({ name, unit, help }: MetricDefinition<'counter'>): Counter =>
    meter.createCounter(name, { unit, description: help });
  const { runDuration } = metricCatalogue;
  return {
    runs: counter(metricCatalogue.runs),
    duration: meter.createHistogram(runDuration.name, {
      unit: runDuration.unit,
      description: runDuration.help,
      advice: { explicitBucketBoundaries: durationBucketsMs.map((ms) => ms / 1_000) },
    }),
    batches: counter(metricCatalogue.batches),
    retries: counter(metricCatalogue.batchRetries),
    throttled: counter(metricCatalogue.throttled),
    processed: counter(metricCatalogue.itemsProcessed),
    failed: counter(metricCatalogue.itemsFailed),
    skipped: counter(metricCatalogue.ticksSkipped),
  };
}
