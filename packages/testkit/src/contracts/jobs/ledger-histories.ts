import { iso, addMs, type Claim, type Instant, type Run } from '@gamekeeper/core';
import { compareBytewise } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual } from '../assertions.ts';
import { MemoryDatabase } from '../../memory/transactions/memory-database.ts';
import { memoryJobPorts } from '../../memory/jobs/memory-job-ports.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { Sentence } from '../contract.ts';
import type { JobsHarness } from './jobs-harness.ts';

const jobs = ['sweep', 'archive'];
const leaseMs = 10_000;

/** By their distance from the initial time: some are in the future, and two become due in most histories. */
const ticks = fc.constantFrom(-7_200_000, -3_600_000, 0, 6_000, 30_000, 3_600_000);
const delayMs = fc.constantFrom(0, 0, 10_000);
const job = fc.constantFrom(...jobs);
/** Which of the claims so far a step uses, counted from the newest. */
const claimsBack = fc.integer({ min: 0, max: 3 });
const processed = fc.integer({ min: 0, max: 1_000 });

const steps = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ call: fc.constant('pass' as const), job, tick: ticks, delayMs }) },
    {
      weight: 4,
      arbitrary: fc.record({
        call: fc.constant('claim' as const),
        job,
        tick: ticks,
        delayMs,
        again: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        call: fc.constant('passTime' as const),
        ms: fc.integer({ min: 1, max: 12_000 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ call: fc.constant('advance' as const), claimsBack, processed }) },
    { weight: 2, arbitrary: fc.record({ call: fc.constant('succeed' as const), claimsBack, processed }) },
    fc.record({ call: fc.constantFrom('fail' as const, 'renew' as const, 'release' as const), claimsBack }),
    fc.record({
      call: fc.constant('skip' as const),
      job,
      ticks: fc.uniqueArray(ticks, { maxLength: 3 }).map((some) => [...some].sort((a, b) => a - b)),
    }),
  ),
  { maxLength: 25, size: 'max' },
);
type Step = (typeof steps extends fc.Arbitrary<infer All> ? All : never)[number];

/**
 * Random calls, valid and invalid, compared with the in-memory ledger: every result and the final rows must be equal.
 */
export const ledgerHistories: Sentence<JobsHarness>['check'] = async (create, property) => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const real = await create();
      const start = await real.storeTime.now();
      const model = memoryLedger(start);
      const given: Claim[] = [];
      const registered = addMs(start, -7_200_000);
      await real.jobRegistry.register(hourlyJobs(...jobs), registered);
      await model.jobRegistry.register(hourlyJobs(...jobs), registered);
      for (const step of history) {
        const known = [...given];
        const [mine, theirs] = [
          await take(real, start, step, known, given),
          await take(model, start, step, known),
        ];
        deepEqual(mine, theirs, JSON.stringify(step));
      }
      deepEqual(await rows(real), await rows(model));
    }),
    property,
  );
};

function memoryLedger(start: Instant): JobsHarness {
  const clock = new VirtualClock(start);
  const transactions = new MemoryDatabase(clock);
  const passTime = async (ms: number): Promise<void> => clock.jumpTo(clock.now() + ms);
  return { transactions, ...memoryJobPorts(transactions), passTime };
}

/** Performs a step and returns its result. New claims are added to `given`. */
async function take(
  { ledger, transactions, passTime }: JobsHarness,
  start: Instant,
  step: Step,
  known: readonly Claim[],
  given: Claim[] = [],
): Promise<unknown> {
  if (step.call === 'passTime') return passTime(step.ms);
  if (step.call === 'skip') {
    const skipped = step.ticks.map((ms) => addMs(start, ms));
    return ledger.skip(step.job, skipped, 'superseded');
  }
  if (step.call === 'pass' || step.call === 'claim') {
    const tick = addMs(start, step.tick);
    const request = { job: step.job, tick, notBefore: addMs(tick, step.delayMs), instanceId: 'one' };
    if (step.call === 'pass') return ledger.recordIdleTick(request);
    const outcome = await ledger.claim({ ...request, leaseMs, again: step.again });
    if (outcome.kind === 'claimed') given.push(outcome.claim);
    return outcome;
  }
  const claim = known.at(-1 - step.claimsBack);
  if (!claim) return 'no claim yet';
  return answer(() => {
    switch (step.call) {
      case 'advance': {
        const progress = { checkpoint: { at: step.processed }, processed: step.processed };
        return transactions.run((tx) => ledger.advance(tx, claim, progress, leaseMs));
      }
      case 'succeed':
        return transactions.run((tx) =>
          ledger.succeed(tx, claim, { checkpoint: null, processed: step.processed }),
        );
      case 'fail':
        return ledger.fail(claim, 'broken');
      case 'renew':
        return ledger.renew(claim, leaseMs);
      case 'release':
        return ledger.release(claim);
    }
  });
}

/** Returns the result of a call, or the code of its error. */
async function answer(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return (await call()) ?? 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}

/** Returns the rows as callers see them, without instants of the store's own clock. */
async function rows({ ledger, jobRegistry }: JobsHarness): Promise<unknown> {
  const runs = await Promise.all(jobs.map((one) => ledger.runs(one, { limit: 100 })));
  return {
    pulse: [...(await jobRegistry.summaries())].sort((a, b) => compareBytewise(a.job, b.job)),
    records: (await jobRegistry.records()).map(({ job: name, watermark, running, lastSuccess, recent }) => [
      name,
      iso(watermark),
      running?.tick,
      lastSuccess?.tick,
      recent.map(({ tick, status, failedItems, error }) => [tick, status, failedItems, error]),
    ]),
    runs: runs.flat().map(lasting),
  };
}

function lasting({
  startedAt: _started,
  attemptedAt: _attempted,
  finishedAt: _finished,
  ...run
}: Run): unknown {
  return run;
}
