import type { JobCounters } from '@gamekeeper/core';
import { type MeasuredValues, type MetricDefinition } from '@gamekeeper/core/ports';
import {
  durationBucketsMs,
  metricLabels,
  type HistogramSample,
  type MeasuredMetric,
} from '@gamekeeper/core/engine';
import { metricCatalogue as catalogue } from '@gamekeeper/core/game';

/** Returns the counters of this process as metrics: sum them over instances. */
export function counterMetrics(tallies: readonly JobCounters[]): readonly MeasuredMetric[] {
  const counter = (
    metric: MetricDefinition<'counter'>,
    count: (tally: JobCounters) => number,
  ): MeasuredValues => ({
    metric,
    samples: tallies.map((tally) => ({ labels: { [metricLabels.job]: tally.job }, value: count(tally) })),
  });
  const spread = (
    metric: MetricDefinition<'counter'>,
    label: string,
    counts: (tally: JobCounters) => Readonly<Record<string, number>>,
  ): MeasuredValues => ({
    metric,
    samples: tallies.flatMap((tally) =>
      Object.entries(counts(tally)).map(([kind, value]) => ({
        labels: { [metricLabels.job]: tally.job, [label]: kind },
        value,
      })),
    ),
  });
  return [
    spread(catalogue.runs, metricLabels.runEnd, ({ runs }) => runs),
    { metric: catalogue.runDuration, samples: tallies.map(durations) },
    counter(catalogue.batches, ({ batches }) => batches),
    counter(catalogue.batchRetries, ({ retries }) => retries),
    counter(catalogue.throttled, ({ throttledMs }) => throttledMs / 1_000),
    counter(catalogue.itemsProcessed, ({ processed }) => processed),
    counter(catalogue.itemsFailed, ({ failedItems }) => failedItems),
    spread(catalogue.ticksSkipped, metricLabels.skipReason, ({ skipped }) => skipped),
  ];
}

/** The counters' buckets hold values between two bounds; buckets of Prometheus hold all values up to a bound. */
function durations({ job, durations: { count, sumMs, buckets } }: JobCounters): HistogramSample {
  let notAbove = 0;
  return {
    labels: { [metricLabels.job]: job },
    buckets: durationBucketsMs.map((ms, index) => {
      notAbove += buckets[index] ?? 0;
      return { upTo: ms / 1_000, count: notAbove };
    }),
    sum: sumMs / 1_000,
    count,
  };
}
