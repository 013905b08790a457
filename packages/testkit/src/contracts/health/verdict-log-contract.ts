import type { VerdictRecord } from '@gamekeeper/core/ports';
import { deepEqual, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { hourlyJobs } from '../jobs/hourly-jobs.ts';
import { first, second, third, type JobsHarness } from '../jobs/jobs-harness.ts';

const failing: VerdictRecord = {
  job: 'sweep',
  verdict: 'failing',
  since: second,
  alertedAt: third,
  alertedSeverity: 'warning',
};
const late: VerdictRecord = {
  ...failing,
  job: 'archive',
  verdict: 'late',
  alertedAt: null,
  alertedSeverity: null,
};

/** Returns the contract of `VerdictLog` as test cases. */
export function verdictLogContract(options: ContractOptions<JobsHarness>): readonly ContractCase[] {
  return contractCases<JobsHarness>(options, [
    {
      name: 'records a verdict if the one read before is unchanged, and returns the recorded ones',
      check: async (create) => {
        const { transactions, verdictLog } = await create();
        const record = (...changes: Parameters<typeof verdictLog.record>[1]) =>
          transactions.run((tx) => verdictLog.record(tx, changes));
        deepEqual(await verdictLog.list(['sweep', 'archive']), []);
        deepEqual(await record({ before: null, after: failing }), ['sweep']);
        const stuck: VerdictRecord = { ...failing, verdict: 'stuck', since: third };
        deepEqual(await record({ before: null, after: stuck }, { before: null, after: late }), ['archive']);
        for (const before of [
          { ...failing, verdict: 'late' as const },
          { ...failing, since: first },
          { ...failing, alertedAt: null },
        ])
          deepEqual(await record({ before, after: stuck }), []);
        deepEqual(await verdictLog.list(['sweep']), [failing]);
        deepEqual(await record({ before: failing, after: stuck }), ['sweep']);
        deepEqual(await verdictLog.list(['sweep']), [stuck]);
        deepEqual(await verdictLog.list(['archive']), [late]);
      },
    },
    {
      name: 'shows a verdict inside its transaction, and discards it when that fails',
      check: async (create) => {
        const { transactions, verdictLog } = await create();
        const undone = transactions.run(async (tx) => {
          await verdictLog.record(tx, [{ before: null, after: failing }]);
          deepEqual(await verdictLog.list(['sweep'], tx), [failing]);
          throw new Error('undo');
        });
        await rejects(undone, /undo/);
        deepEqual(await verdictLog.list(['sweep']), []);
      },
    },
    {
      name: 'keeps verdicts on checks separate from those on jobs',
      check: async (create) => {
        const { jobRegistry, verdictLog, transactions } = await create();
        await jobRegistry.register(hourlyJobs('sweep'), first);
        const base = { since: second, alertedAt: third, alertedSeverity: 'warning' as const };
        const job = { ...base, job: 'sweep', verdict: 'failing' as const };
        const check = { ...base, job: 'check:sweep', verdict: 'unhealthy' as const };
        const record = (before: VerdictRecord | null, after: VerdictRecord) =>
          transactions.run((tx) => verdictLog.record(tx, [{ before, after }]));
        deepEqual(await record(null, check), ['check:sweep']);
        deepEqual(await verdictLog.list(['sweep', 'check:sweep', 'check:other']), [check]);
        deepEqual(
          [(await jobRegistry.records())[0]!.judged, (await jobRegistry.summaries())[0]!.verdict],
          [null, null],
        );
        deepEqual(await record(null, job), ['sweep']);
        const well = { ...check, verdict: 'healthy' as const, since: third, alertedSeverity: null };
        deepEqual(await record(check, well), ['check:sweep']);
        deepEqual(await verdictLog.list(['check:sweep']), [well]);
        deepEqual((await jobRegistry.records())[0]!.judged, job);
        deepEqual(await verdictLog.list([]), []);
      },
    },
    {
      name: 'records a change for exactly one of many concurrent instances',
      needs: 'concurrent',
      check: async (create) => {
        const { transactions, verdictLog } = await create();
        const notice = (before: VerdictRecord | null, after: VerdictRecord) =>
          transactions.run((tx) => verdictLog.record(tx, [{ before, after }]));
        for (const [before, after] of [
          [null, failing],
          [failing, { ...failing, alertedAt: null }],
        ] as const) {
          const recorded = await Promise.all(Array.from({ length: 6 }, () => notice(before, after)));
          deepEqual(recorded.flat(), ['sweep']);
        }
      },
    },
  ]);
}
