import { durationBucketsMs } from '@gamekeeper/core';
import type { JobTally } from '../run-tally.ts';
import type { HistogramSample, Metric } from './prometheus-text.ts';

/** What this process has done as metrics: add them up over instances. */
export function tallyMetrics(tallies: readonly JobTally[]): readonly Metric[] {
  const counter = (name: string, help: string, count: (tally: JobTally) => number): Metric => ({
    name: `gamekeeper_${name}_total`,
    type: 'counter',
    help,
    samples: tallies.map((tally) => ({ labels: { job: tally.job }, value: count(tally) })),
  });
  return [
    {
      name: 'gamekeeper_runs_total',
      type: 'counter',
      help: 'Attempts at runs that ended, by how.',
      samples: tallies.flatMap(({ job, runs }) =>
        Object.entries(runs).map(([end, value]) => ({ labels: { job, end }, value })),
      ),
    },
    {
      name: 'gamekeeper_run_duration_seconds',
      type: 'histogram',
      help: 'How long attempts at runs took.',
      samples: tallies.map(durations),
    },
    counter('batches', 'Batches that were committed.', ({ batches }) => batches),
    counter('batch_retries', 'Batches that threw and were tried again.', ({ retries }) => retries),
    counter('items_processed', 'Items that committed batches changed.', ({ processed }) => processed),
    counter('items_failed', 'Items that failed alone.', ({ failedItems }) => failedItems),
    {
      name: 'gamekeeper_ticks_skipped_total',
      type: 'counter',
      help: 'Ticks that were recorded as skipped, by the reason.',
      samples: tallies.flatMap(({ job, skipped }) =>
        Object.entries(skipped).map(([reason, value]) => ({ labels: { job, reason }, value })),
      ),
    },
  ];
}

/** The tally's buckets hold what falls between two bounds, those of Prometheus all that is not above one. */
function durations({ job, durations: { count, sumMs, buckets } }: JobTally): HistogramSample {
  let notAbove = 0;
  return {
    labels: { job },
    buckets: durationBucketsMs.map((ms, index) => {
      notAbove += buckets[index] ?? 0;
      return { upTo: ms / 1_000, count: notAbove };
    }),
    sum: sumMs / 1_000,
    count,
  };
}
