import { addMs } from '@gamekeeper/core';
import type { VerdictRecord } from '@gamekeeper/core/ports';
import { deepEqual } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import { claimed, first, second, third, type JobsHarness } from './jobs-harness.ts';
import { pausingCases } from './registry-pausing.ts';
import { progressCases } from './registry-progress.ts';
import { recentRunCases } from './registry-recent-runs.ts';
import { registrationCases } from './registry-registration.ts';

const atRest = { paused: false, running: false, recent: [] };

/** Returns the contract of `JobRegistry` as test cases. */
export function jobRegistryContract(options: ContractOptions<JobsHarness>): readonly ContractCase[] {
  return contractCases<JobsHarness>(options, [
    {
      name: 'counts the ticks of a new job from its registration, and changes nothing when it is registered again',
      check: async (create) => {
        const { storeTime, jobRegistry, passTime } = await create();
        const registeredAt = await storeTime.now();
        await jobRegistry.register(hourlyJobs('sweep', 'archive'), first);
        await passTime(1_000);
        await jobRegistry.register(hourlyJobs('sweep'), third);
        const records = await jobRegistry.records();
        deepEqual(
          records.map(({ job, registeredAt: at, watermark }) => ({ job, registeredAt: at, watermark })),
          ['archive', 'sweep'].map((job) => ({ job, registeredAt, watermark: addMs(first, -1) })),
        );
        const { running, lastSuccess, recent } = records[0]!;
        deepEqual({ running, lastSuccess, recent }, { running: null, lastSuccess: null, recent: [] });
      },
    },
    {
      name: 'summarises the state of every job',
      check: async (create) => {
        const { storeTime, jobRegistry, ledger, verdictLog, transactions } = await create();
        const registeredAt = await storeTime.now();
        await jobRegistry.register(hourlyJobs('sweep', 'archive'), first);
        await claimed(ledger);
        const late = {
          job: 'archive',
          verdict: 'late' as const,
          since: second,
          alertedAt: null,
          alertedSeverity: null,
        };
        const told = { ...late, alertedAt: third, alertedSeverity: 'critical' as const };
        const record = (before: VerdictRecord | null, after: VerdictRecord) =>
          transactions.run((tx) => verdictLog.record(tx, [{ before, after }]));
        deepEqual(await record(null, late), ['archive']);
        deepEqual(await record(late, told), ['archive']);
        // An instance that read the earlier verdict is too late.
        deepEqual(await record(null, late), []);
        deepEqual(await record(late, { ...late, verdict: 'stuck' }), []);
        deepEqual(
          [...(await jobRegistry.summaries())].sort((a, b) => (a.job < b.job ? -1 : 1)),
          [
            {
              ...atRest,
              job: 'archive',
              since: registeredAt,
              status: null,
              verdict: 'late',
              furthest: addMs(first, -1),
              readAt: registeredAt,
            },
            {
              ...atRest,
              job: 'sweep',
              since: first,
              status: 'running',
              running: true,
              verdict: null,
              furthest: first,
              readAt: registeredAt,
            },
          ],
        );
        const [archive, sweep] = await jobRegistry.records();
        deepEqual([archive!.judged, sweep!.judged], [told, null]);
      },
    },
    ...recentRunCases,
    ...pausingCases,
    ...registrationCases,
    ...progressCases,
  ]);
}
