import { durationBucketsMs } from '@gamekeeper/core';
import type { JobTally } from '../run-tally.ts';
import type { HistogramSample, Metric } from './prometheus-text.ts';

/** What this process has done as metrics. */
export function tallyMetrics(tallies: readonly JobTally[]): readonly Metric[] {
  return [
    byKind('runs_total', 'Attempts at runs that ended, by how.', {
      tallies,
      label: 'end',
      counts: ({ runs }) => runs,
    }),
    {
      name: 'gamekeeper_run_duration_seconds',
      type: 'histogram',
      help: 'How long attempts at runs took.',
      samples: tallies.map(durations),
    },
    perJob('batches_total', 'Batches that were committed.', tallies, ({ batches }) => batches),
    perJob(
      'batch_retries_total',
      'Batches that threw and were tried again.',
      tallies,
      ({ retries }) => retries,
    ),
    perJob(
      'items_processed_total',
      'Items that committed batches changed.',
      tallies,
      ({ processed }) => processed,
    ),
    perJob('items_failed_total', 'Items that failed alone.', tallies, ({ failedItems }) => failedItems),
    byKind('ticks_skipped_total', 'Ticks that were recorded as skipped, by the reason.', {
      tallies,
      label: 'reason',
      counts: ({ skipped }) => skipped,
    }),
  ];
}

function perJob(
  name: string,
  help: string,
  tallies: readonly JobTally[],
  count: (tally: JobTally) => number,
): Metric {
  const samples = tallies.map((tally) => ({ labels: { job: tally.job }, value: count(tally) }));
  return { name: `gamekeeper_${name}`, type: 'counter', help, samples };
}

function byKind(
  name: string,
  help: string,
  of: {
    readonly tallies: readonly JobTally[];
    readonly label: string;
    readonly counts: (tally: JobTally) => Readonly<Record<string, number>>;
  },
): Metric {
  const samples = of.tallies.flatMap((tally) =>
    Object.entries(of.counts(tally)).map(([kind, value]) => ({
      labels: { job: tally.job, [of.label]: kind },
      value,
    })),
  );
  return { name: `gamekeeper_${name}`, type: 'counter', help, samples };
}

function durations({ job, durations: { count, sumMs, buckets } }: JobTally): HistogramSample {
  let upTo = 0;
  return {
    labels: { job },
    buckets: durationBucketsMs.map((ms, index) => ({ upTo: ms / 1_000, count: (upTo += buckets[index]!) })),
    sum: sumMs / 1_000,
    count,
  };
}
