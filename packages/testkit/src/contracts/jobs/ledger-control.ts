import { instant, addMs, type Instant } from '@gamekeeper/core';
import type { ClaimOutcome } from '@gamekeeper/core/ports';
import { deepEqual, equal } from '../assertions.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { ContractOptions, Sentence } from '../contract.ts';
import type { JobsHarness } from './jobs-harness.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 15_000;
/** Earlier than the clock of every harness. */
const start = instant('2026-11-23T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);

/** What a ledger promises about paused jobs and pruning. */
export const ledgerControl: readonly Sentence<JobsHarness>[] = [
  {
    name: 'neither starts nor records a tick of a paused job, and continues with other jobs',
    check: async (create) => {
      const { jobRegistry, ledger, claim } = await hourly(create);
      equal(await jobRegistry.pause('sweep'), true);
      deepEqual(await claim(1), { kind: 'paused' });
      deepEqual(await claim(1, { again: true }), { kind: 'paused' });
      equal(await ledger.recordIdleTick({ job: 'sweep', tick: hour(1), instanceId: 'one' }), false);
      equal((await claim(1, { job: 'archive' })).kind, 'claimed');
      deepEqual(await ledger.runs('sweep', { limit: 5 }), []);
    },
  },
  {
    name: 'lets the active run of a paused job continue to its end, and no other attempt take it over',
    check: async (create) => {
      const { jobRegistry, ledger, transactions, claim, passTime } = await hourly(create);
      const begun = await claim(1);
      await jobRegistry.pause('sweep');
      await passTime(LEASE_MS);
      deepEqual(await claim(1), { kind: 'paused' });
      deepEqual(await claim(2), { kind: 'paused' });
      if (begun.kind !== 'claimed') throw new Error(`the run is ${begun.kind}`);
      equal(await ledger.renew(begun.claim, LEASE_MS), true);
      await transactions.run((tx) => ledger.succeed(tx, begun.claim, { checkpoint: null, processed: 1 }));
      deepEqual(await claim(1), { kind: 'done', status: 'succeeded' });
    },
  },
  {
    name: 'prunes old rows, up to the limit, but keeps the newest success and all later rows',
    check: async (create) => {
      const { ledger, prune, succeed } = await hourly(create);
      for (const tick of [1, 2, 3]) await succeed(tick);
      await ledger.skip('sweep', [hour(4)], 'too-old');
      equal(await prune(hour(2), 10), 1);
      equal(await prune(hour(9), 1), 1);
      equal(await prune(hour(9), 10), 0);
      const left = await ledger.runs('sweep', { limit: 10 });
      deepEqual(
        left.map(({ tick }) => tick),
        [hour(4), hour(3)],
      );
    },
  },
  {
    name: 'prunes no row of a job that has never succeeded, or of an active run',
    check: async (create) => {
      const { ledger, prune, claim, succeed } = await hourly(create);
      const failing = await claim(1);
      if (failing.kind === 'claimed') await ledger.fail(failing.claim, 'poison');
      equal(await prune(hour(9), 10), 0);
      const running = await claim(2);
      equal(running.kind, 'claimed');
      await ledger.skip('sweep', [hour(3)], 'too-old');
      await succeed(1, { job: 'archive' });
      equal(await prune(hour(9), 10), 0);
    },
  },
  {
    name: 'never repeats a tick whose row was pruned, and keeps the watermark',
    check: async (create) => {
      const { ledger, jobRegistry, prune, claim, succeed } = await hourly(create);
      for (const tick of [1, 2, 3]) await succeed(tick);
      await prune(hour(3), 10);
      deepEqual(await claim(2), { kind: 'done', status: 'pruned' });
      deepEqual(await claim(1, { again: true }), { kind: 'done', status: 'pruned' });
      equal(await ledger.recordIdleTick({ job: 'sweep', tick: hour(1), instanceId: 'one' }), false);
      deepEqual(await ledger.skip('sweep', [hour(1), hour(2)], 'missed'), []);
      equal((await ledger.runs('sweep', { limit: 10 })).length, 1);
      deepEqual(await claim(3), { kind: 'done', status: 'succeeded' });
      equal((await claim(4)).kind, 'claimed');
      equal((await jobRegistry.records()).find(({ job }) => job === 'sweep')!.watermark, hour(3));
    },
  },
];

async function hourly(create: ContractOptions<JobsHarness>['create']) {
  const harness = await create();
  const { jobRegistry, ledger, transactions } = harness;
  await jobRegistry.register(hourlyJobs('sweep', 'archive'), start);
  const claim = (tick: number, { job = 'sweep', again = false } = {}): Promise<ClaimOutcome> =>
    ledger.claim({ job, tick: hour(tick), instanceId: 'one', leaseMs: LEASE_MS, again });
  return {
    ...harness,
    claim,
    succeed: async (tick: number, options: { readonly job?: string } = {}): Promise<void> => {
      const outcome = await claim(tick, options);
      if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
      await ledger.succeed(null, outcome.claim, { checkpoint: null, processed: 1 });
    },
    prune: (before: Instant, limit: number) => transactions.run((tx) => ledger.prune(tx, { before, limit })),
  };
}
