import { instant, addMs, runStatuses, type Instant, type Run, type RunStatus } from '@gamekeeper/core';
import { type RunLedger } from '@gamekeeper/core/ports';
import { deepEqual } from '../assertions.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { Sentence } from '../contract.ts';
import type { JobsHarness } from './jobs-harness.ts';

const LEASE_MS = 15_000;
/** Earlier than the clock of every harness. */
const start = instant('2026-11-23T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * 3_600_000);

/** The status of each hourly run, from the first on; the newest is active. */
const ended: readonly Exclude<RunStatus, 'running'>[] = [
  'succeeded',
  'failed',
  'skipped',
  'skipped',
  'succeeded',
  'failed',
  'failed',
  'succeeded',
];

/** How runs are listed by range and status. */
export const runPageCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'lists runs by any range and statuses, newest first, in pages, and none of another job',
    check: async (create) => {
      const { jobRegistry, ledger } = await create();
      await jobRegistry.register([...hourlyJobs('sweep'), ...hourlyJobs('other')], start);
      for (const job of ['sweep', 'other']) await runAll(ledger, job);
      const all = await ledger.runs('sweep', { limit: 100 });
      deepEqual(
        all.map(({ tick, status }) => [tick, status]),
        [...ended, 'running' as const].map((status, index) => [hour(index), status]).reverse(),
      );
      for (const status of [undefined, ...subsets(runStatuses)]) {
        for (const [from, before] of spans) {
          const wanted = all.filter(
            (run) =>
              (status?.includes(run.status) ?? true) &&
              run.tick >= (from ?? -Infinity) &&
              run.tick < (before ?? Infinity),
          );
          deepEqual(await listed(ledger, { status, from, before }), wanted);
        }
      }
    },
  },
];

/** Open and closed at either end, at ticks and between them, and empty. */
const spans: readonly (readonly [from: Instant | undefined, before: Instant | undefined])[] = [
  [undefined, undefined],
  [hour(2), undefined],
  [undefined, hour(6)],
  [hour(1), hour(7)],
  [addMs(hour(3), 1), addMs(hour(5), 1)],
  [hour(5), hour(5)],
];

async function runAll(ledger: RunLedger, job: string): Promise<void> {
  for (const [index, status] of [...ended, 'running' as const].entries()) {
    if (status === 'skipped') {
      await ledger.skip(job, [hour(index)], 'missed');
      continue;
    }
    const outcome = await ledger.claim({ job, tick: hour(index), instanceId: 'one', leaseMs: LEASE_MS });
    if (outcome.kind !== 'claimed') throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
    if (status === 'failed') await ledger.fail(outcome.claim, 'disk full');
    if (status === 'succeeded') await ledger.succeed(null, outcome.claim, { checkpoint: null, processed: 1 });
  }
}

/** Returns all runs, read in pages of two. */
async function listed(
  ledger: RunLedger,
  bounds: {
    readonly status: readonly RunStatus[] | undefined;
    readonly from: Instant | undefined;
    readonly before: Instant | undefined;
  },
): Promise<readonly Run[]> {
  const { status, from } = bounds;
  const all: Run[] = [];
  for (let { before } = bounds; ; before = all.at(-1)!.tick) {
    const page = await ledger.runs('sweep', {
      limit: 2,
      ...(before !== undefined && { before }),
      ...(from !== undefined && { from }),
      ...(status !== undefined && { status }),
    });
    all.push(...page);
    if (page.length < 2) return all;
  }
}

function subsets<Value>(values: readonly Value[]): readonly (readonly Value[])[] {
  return values.reduce<readonly (readonly Value[])[]>(
    (sets, value) => [...sets, ...sets.map((set) => [...set, value])],
    [[]],
  );
}
