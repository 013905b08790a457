import { addMs } from '@gamekeeper/core';
import { deepEqual, equal } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import { leaseMs, type JobsHarness } from './jobs-harness.ts';

/** Returns the contract of `StoreTime` as test cases. */
export function storeTimeContract(options: ContractOptions<JobsHarness>): readonly ContractCase[] {
  return contractCases<JobsHarness>(options, [
    {
      name: 'returns the time of the store to the millisecond, also after its clock was moved back',
      check: async (create) => {
        const { storeTime, passTime } = await create();
        const start = await storeTime.now();
        equal(await storeTime.now(), start);
        for (const [ms, expected] of [
          [1, 1],
          [86_400_000, 86_400_001],
          [-86_399_999, 2],
          [-10, -8],
        ] as const) {
          await passTime(ms);
          equal(await storeTime.now(), addMs(start, expected));
        }
      },
    },
    {
      name: 'is the clock for due ticks, leases and registrations',
      check: async (create) => {
        const { ledger, jobRegistry, storeTime, passTime } = await create();
        const now = await storeTime.now();
        await jobRegistry.register(hourlyJobs('sweep'), now);
        equal((await jobRegistry.records())[0]!.registeredAt, now);
        const request = { job: 'sweep', tick: addMs(now, 1_000), instanceId: 'one', leaseMs };
        deepEqual(await ledger.claim(request), { kind: 'ahead', retryInMs: 1_000 });
        await passTime(1_000);
        equal((await ledger.claim(request)).kind, 'claimed');
        await passTime(leaseMs);
        const [run] = await ledger.runs('sweep', { limit: 1 });
        equal(run!.startedAt, addMs(now, 1_000));
        equal((await ledger.claim({ ...request, instanceId: 'two' })).kind, 'claimed');
      },
    },
  ]);
}
