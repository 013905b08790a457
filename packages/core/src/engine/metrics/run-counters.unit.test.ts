import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationBucketsMs } from '../jobs/duration-buckets.ts';
import type { AttemptReport } from '../jobs/run-observer.ts';
import { instant } from '../time/instant.ts';
import { RunCounters } from './run-counters.ts';

const tick = instant('2026-11-24T12:00:00Z');

function ended(durationMs: number, end: AttemptReport['end'] = 'succeeded'): AttemptReport {
  return { job: 'sweep', tick, fence: 1, end, processed: 0, failedItems: 0, batches: 0, durationMs };
}

describe('a tally', () => {
  it('is nothing for a job that has not run', () => {
    expect(new RunCounters().of(['sweep'])).toMatchObject([
      { job: 'sweep', runs: { succeeded: 0, failed: 0, released: 0, lost: 0 }, batches: 0, processed: 0 },
    ]);
  });

  it('counts what it is told of', () => {
    const tally = new RunCounters();
    const sweep = { job: 'sweep' };
    tally.batchCommitted(sweep, { processed: 3, durationMs: 1 });
    tally.batchCommitted(sweep, { processed: 4, durationMs: 1 });
    tally.batchRetried(sweep);
    tally.itemFailed(sweep);
    tally.ticksSkipped('sweep', [tick, tick], 'missed');
    tally.runEnded(ended(10));
    tally.runEnded(ended(20, 'failed'));
    expect(tally.of(['sweep'])).toMatchObject([
      {
        batches: 2,
        processed: 7,
        retries: 1,
        failedItems: 1,
        skipped: { missed: 2, superseded: 0 },
        runs: { succeeded: 1, failed: 1 },
        durations: { count: 2, sumMs: 30 },
      },
    ]);
  });

  it('puts every duration into the first bucket whose bound it does not pass', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5_000_000 })), (durations) => {
        const tally = new RunCounters();
        for (const durationMs of durations) tally.runEnded(ended(durationMs));
        const [counted] = tally.of(['sweep']);
        const between = durationBucketsMs.map((upTo, index) => {
          const above = durationBucketsMs[index - 1] ?? -1;
          return durations.filter((ms) => ms > above && ms <= upTo).length;
        });
        expect(counted?.durations.buckets).toEqual(between);
      }),
    );
  });

  it('that was taken does not change any more', () => {
    const tally = new RunCounters();
    const before = tally.of(['sweep']);
    tally.runEnded(ended(10));
    expect(before).toMatchObject([{ runs: { succeeded: 0 } }]);
  });
});
