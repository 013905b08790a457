import { durationBucketsMs, type RunObserver } from '@gamekeeper/core';
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { errorType } from './errors.ts';

interface Instruments {
  readonly runs: Counter;
  readonly duration: Histogram;
  readonly batches: Counter;
  readonly retries: Counter;
  readonly processed: Counter;
  readonly failed: Counter;
  readonly skipped: Counter;
}

/**
 * Counts what this process does. The instruments are made for the first event, since a meter that was asked for before
 * the SDK was registered counts nothing for ever.
 */
export function runMetrics(meter: () => Meter): RunObserver {
  let made: Instruments | undefined;
  const instruments = (): Instruments => (made ??= makeInstruments(meter()));
  return {
    batchCommitted: ({ job }, { processed }) => {
      const { batches, processed: items } = instruments();
      const about = { 'gamekeeper.job': job };
      batches.add(1, about);
      items.add(processed, about);
    },
    batchRetried: ({ job }, { error }) =>
      instruments().retries.add(1, { 'gamekeeper.job': job, 'error.type': errorType(error) }),
    itemFailed: ({ job }, { error }) =>
      instruments().failed.add(1, { 'gamekeeper.job': job, 'error.type': errorType(error) }),
    runEnded: ({ job, end, error, durationMs }) => {
      const { runs, duration } = instruments();
      const failure = end === 'failed' ? { 'error.type': errorType(error) } : {};
      const about = { 'gamekeeper.job': job, 'gamekeeper.run.end': end, ...failure };
      runs.add(1, about);
      duration.record(durationMs / 1_000, about);
    },
    ticksSkipped: (job, ticks, reason) =>
      instruments().skipped.add(ticks.length, { 'gamekeeper.job': job, 'gamekeeper.skip.reason': reason }),
  };
}

function makeInstruments(meter: Meter): Instruments {
  return {
    runs: meter.createCounter('gamekeeper.runs', {
      unit: '{run}',
      description: 'Attempts at runs that ended, by how.',
    }),
    duration: meter.createHistogram('gamekeeper.run.duration', {
      unit: 's',
      description: 'How long attempts at runs took.',
      advice: { explicitBucketBoundaries: durationBucketsMs.map((ms) => ms / 1_000) },
    }),
    batches: meter.createCounter('gamekeeper.batches', {
      unit: '{batch}',
      description: 'Batches that were committed.',
    }),
    retries: meter.createCounter('gamekeeper.batch.retries', {
      unit: '{retry}',
      description: 'Batches that threw and were tried again.',
    }),
    processed: meter.createCounter('gamekeeper.items.processed', {
      unit: '{item}',
      description: 'Items that committed batches changed.',
    }),
    failed: meter.createCounter('gamekeeper.items.failed', {
      unit: '{item}',
      description: 'Items that failed alone while the rest of their run was done.',
    }),
    skipped: meter.createCounter('gamekeeper.ticks.skipped', {
      unit: '{tick}',
      description: 'Ticks that were recorded as skipped, by the reason.',
    }),
  };
}
