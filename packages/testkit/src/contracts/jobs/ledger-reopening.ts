import { instant, addMs, type Claim } from '@gamekeeper/core';
import { COMPLETED_CHECKPOINT, type ClaimOutcome } from '@gamekeeper/core/ports';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { Sentence } from '../contract.ts';
import type { JobsHarness } from './jobs-harness.ts';

/** Earlier than the clock of every harness, as is the next instant. */
const first = instant('2026-11-23T00:00:00Z');
const second = addMs(first, 3_600_000);
const leaseMs = 15_000;
const asked = { job: 'sweep', tick: first, instanceId: 'one', leaseMs };
const progress = { checkpoint: null, processed: 7, failedItems: 2 };

/** What `reopen` promises, and what happens to counts of failed items. */
export const reopeningCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'keeps the number of failed items if a batch does not report one',
    check: async (create) => {
      const harness = await settled(create, []);
      const { ledger, transactions } = harness;
      const claim = claimed(await ledger.claim(asked));
      await transactions.run((tx) => ledger.advance(tx, claim, { ...progress, checkpoint: 'half' }, leaseMs));
      await ledger.advance(null, claim, { checkpoint: 'more', processed: 8 }, leaseMs);
      equal((await run(harness))?.failedItems, 2);
      await ledger.succeed(null, claim, { checkpoint: null, processed: 9, failedItems: 3 });
      const { failedItems, processed } = (await run(harness))!;
      deepEqual([processed, failedItems], [9, 3]);
    },
  },
  {
    name: 'reopens a succeeded run as complete, and ends it once more',
    check: async (create) => {
      const harness = await settled(create, ['succeed']);
      const { ledger, jobRegistry } = harness;
      const claim = claimed(await ledger.reopen({ ...asked, instanceId: 'two' }));
      deepEqual(claim, {
        job: 'sweep',
        tick: first,
        fence: 2,
        instanceId: 'two',
        checkpoint: COMPLETED_CHECKPOINT,
        processed: 7,
      });
      const [record] = await jobRegistry.records();
      deepEqual([record!.watermark, record!.running?.tick, record!.lastSuccess], [first, first, null]);
      await ledger.succeed(null, claim, { checkpoint: null, processed: 9, failedItems: 0 });
      const { status, processed, failedItems } = (await run(harness))!;
      deepEqual([status, processed, failedItems], ['succeeded', 9, 0]);
      equal((await jobRegistry.records())[0]!.lastSuccess?.processed, 9);
    },
  },
  {
    name: 'reopens a failed run at its checkpoint; it keeps its error until it ends',
    check: async (create) => {
      const harness = await settled(create, ['fail']);
      const claim = claimed(await harness.ledger.reopen(asked));
      deepEqual([claim.checkpoint, claim.fence, claim.processed], [{ page: 3 }, 2, 7]);
      const { status, error, failedItems } = (await run(harness))!;
      deepEqual([status, error, failedItems], ['running', 'disk full', 2]);
    },
  },
  {
    name: 'reopens no run that was skipped or never started',
    check: async (create) => {
      const { ledger } = await settled(create, []);
      deepEqual(await ledger.reopen(asked), { kind: 'done', status: 'skipped' });
      await ledger.skip('sweep', [first], 'missed');
      deepEqual(await ledger.reopen(asked), { kind: 'done', status: 'skipped' });
    },
  },
  {
    name: 'law 1: reopens no run while another of the job is active, and takes that one over when it is abandoned',
    check: async (create) => {
      const { ledger, passTime } = await settled(create, ['succeed']);
      const atWork = claimed(await ledger.claim({ ...asked, tick: second }));
      deepEqual(await ledger.reopen({ ...asked, instanceId: 'two' }), {
        kind: 'held',
        tick: second,
        instanceId: 'one',
        retryInMs: leaseMs,
      });
      await passTime(leaseMs);
      const taken = claimed(await ledger.reopen({ ...asked, instanceId: 'two' }));
      deepEqual([taken.tick, taken.fence], [second, 2]);
      await rejects(ledger.succeed(null, atWork, progress), { code: 'LEASE_LOST' });
      await ledger.succeed(null, taken, progress);
      equal(claimed(await ledger.reopen(asked)).tick, first);
    },
  },
  {
    name: 'lets another attempt take over a reopened run, still as complete',
    check: async (create) => {
      const { ledger, passTime } = await settled(create, ['succeed']);
      const dead = claimed(await ledger.reopen(asked));
      await passTime(leaseMs);
      const taken = claimed(await ledger.claim({ ...asked, tick: second, instanceId: 'two' }));
      deepEqual(taken, { ...dead, fence: 3, instanceId: 'two' });
      equal(await ledger.renew(dead, leaseMs), false);
    },
  },
  {
    name: 'law 1: reopens a run for exactly one of many concurrent claimants',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 10; round += 1) {
        const { ledger } = await settled(create, ['succeed']);
        const owners = Array.from({ length: 8 }, (_, index) => `instance-${index}`);
        const outcomes = await Promise.all(
          owners.map((instanceId) => ledger.reopen({ ...asked, instanceId })),
        );
        equal(outcomes.filter(({ kind }) => kind === 'claimed').length, 1);
      }
    },
  },
];

/** Returns a ledger with one job, whose first tick has ended in a given way. */
async function settled(
  create: () => Promise<JobsHarness> | JobsHarness,
  ends: readonly ('succeed' | 'fail')[],
): Promise<JobsHarness> {
  const harness = await create();
  const { jobRegistry, ledger } = harness;
  await jobRegistry.register(hourlyJobs('sweep'), first);
  for (const end of ends) {
    const claim = claimed(await ledger.claim(asked));
    if (end === 'succeed') await ledger.succeed(null, claim, progress);
    else {
      await ledger.advance(null, claim, { ...progress, checkpoint: { page: 3 } }, leaseMs);
      await ledger.fail(claim, 'disk full');
    }
  }
  return harness;
}

async function run({ ledger }: JobsHarness) {
  return (await ledger.runs('sweep', { limit: 1 })).at(-1);
}

function claimed(outcome: ClaimOutcome): Claim {
  if (outcome.kind === 'claimed') return outcome.claim;
  throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
}
