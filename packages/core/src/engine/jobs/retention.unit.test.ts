import { VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import type { Json } from '../common/json.ts';
import { DAY_MS, addMs, instant, iso } from '../time/instant.ts';
import type { BatchProgress } from './batch-progress.ts';
import type { Batch } from './job-definition.ts';
import type { PruneRequest } from './prunable.ts';
import { defaultRetentionRules, retention, retentionRules } from './retention.ts';

const night = instant('2026-11-24T03:30:00Z');

/** Data of so many rows that are old enough to go. */
function data(rows: number) {
  let left = rows;
  const asked: PruneRequest[] = [];
  const prune = async (_tx: unknown, cut: PruneRequest): Promise<number> => {
    asked.push(cut);
    const removed = Math.min(left, cut.limit);
    left -= removed;
    return removed;
  };
  return { prunable: { prune }, asked, left: () => left };
}

/** Runs the job batch by batch until it is done, and returns what each batch removed. */
async function removals(job: ReturnType<typeof retention>, limit: number): Promise<readonly number[]> {
  const { transactions } = memoryStore(new VirtualClock(night));
  const removed: number[] = [];
  let checkpoint: Json = null;
  for (;;) {
    const about: Omit<Batch, 'tx' | 'signal'> = {
      job: job.name,
      asOf: night,
      checkpoint,
      limit,
      only: null,
      shard: null,
      skip: [],
      dryRun: false,
    };
    const { signal } = new AbortController();
    const { processed, next }: BatchProgress = await transactions.run((tx) =>
      job.batch({ ...about, tx, signal }),
    );
    removed.push(processed);
    if (next === null) return removed;
    checkpoint = next;
  }
}

describe('retention', () => {
  it('removes what is older than its days, one kind of data after the other, no more at once than a batch', async () => {
    const [runs, events] = [data(5), data(2)];
    const job = retention([
      { prunable: runs.prunable, days: 90 },
      { prunable: events.prunable, days: 7 },
    ]);
    expect(await removals(job, 4)).toEqual([4, 1, 0, 2, 0]);
    expect([runs.left(), events.left()]).toEqual([0, 0]);
    expect(runs.asked[0]).toEqual({ before: addMs(night, -90 * DAY_MS), limit: 4 });
    expect(iso(events.asked[0]!.before)).toBe('2026-11-17T03:30:00.000Z');
  });

  it('goes on while anything is removed: a row of the outbox has many events, or one', async () => {
    const removed = [30_000, 7, 0];
    const prune = async (): Promise<number> => removed.shift()!;
    expect(await removals(retention([{ prunable: { prune }, days: 7 }]), 10)).toEqual([30_000, 7, 0]);
  });

  it('looks once more after a full batch, and ends after the last kind of data', async () => {
    const [first, last] = [data(4), data(0)];
    const kept = [first, last].map(({ prunable }) => ({ prunable, days: 1 }));
    expect(await removals(retention(kept), 4)).toEqual([4, 0, 0]);
  });

  it('has nothing to do where nothing is kept', async () => {
    expect(await removals(retention([]), 10)).toEqual([0]);
  });

  it('runs every night, only for the newest tick, and can be tried without effect', () => {
    expect(retention([])).toMatchObject({
      name: 'retention',
      schedule: { cron: '30 3 * * *' },
      missedTicks: 'latest',
      maxBatchSize: 10_000,
      supportsDryRun: true,
    });
  });

  it('has a default for each kind of data, and refuses days that are none by name', () => {
    expect(retentionRules()).toEqual(defaultRetentionRules);
    expect(retentionRules({ runsDays: 1, eventsDays: 36_500 })).toEqual({
      ...defaultRetentionRules,
      runsDays: 1,
      eventsDays: 36_500,
    });
    for (const days of [0, 36_501, 1.5])
      expect(() => retentionRules({ spendKeysDays: days })).toThrow(
        /^Option rules.retention.spendKeysDays must be a whole number from 1 to 36500/,
      );
  });
});
