import { addMs, type Instant } from '@gamekeeper/core';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import { claimed, leaseMs, nothing, registered, third, second, type JobsHarness } from './jobs-harness.ts';

const AHEAD_MS = 40_000;

/** What a registry promises about the progress of a job. */
export const progressCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'returns how far the ticks of a job are done, and the time by its own clock, also after that was moved back',
    check: async (create) => {
      const { jobRegistry, ledger, storeTime, passTime } = await create();
      const now = await storeTime.now();
      await jobRegistry.register(hourlyJobs('sweep'), addMs(now, -60_000));
      const request = (ms: number) => ({ job: 'sweep', tick: addMs(now, ms), instanceId: 'one', leaseMs });
      const reaches = async (): Promise<readonly unknown[]> =>
        [(await jobRegistry.records())[0]!, (await jobRegistry.summaries())[0]!].map(
          ({ furthest, readAt }) => ({
            furthest: furthest - now,
            readAt: readAt - now,
          }),
        );
      const both = (furthest: number, readAt: number) => [
        { furthest, readAt },
        { furthest, readAt },
      ];
      deepEqual(await reaches(), both(-60_001, 0));
      await ledger.recordIdleTick(request(-30_000));
      deepEqual(await reaches(), both(-30_000, 0));
      await passTime(AHEAD_MS);
      await ledger.skip('sweep', [addMs(now, 20_000)], 'missed');
      deepEqual(await reaches(), both(20_000, AHEAD_MS));
      await ledger.claim(request(AHEAD_MS));
      deepEqual(await reaches(), both(AHEAD_MS, AHEAD_MS));
      await passTime(-AHEAD_MS);
      deepEqual(await reaches(), both(AHEAD_MS, 0));
    },
  },
  {
    name: 'counts the time since the registration, not since a run by hand of an older tick',
    check: async (create) => {
      const { jobRegistry, ledger, storeTime, transactions } = await create();
      const now = await storeTime.now();
      await jobRegistry.register(hourlyJobs('sweep'), now);
      const { registeredAt } = (await jobRegistry.records())[0]!;
      const run = async (tick: Instant): Promise<void> => {
        const claim = await claimed(ledger, { tick });
        await transactions.run((tx) => ledger.succeed(tx, claim, nothing));
      };
      await run(addMs(now, -3_600_000));
      equal((await jobRegistry.summaries())[0]!.since, registeredAt);
      await run(now);
      equal((await jobRegistry.summaries())[0]!.since, now);
    },
  },
  {
    name: 'never moves a watermark back',
    check: async (create) => {
      const { ledger, jobRegistry, transactions } = await registered(create);
      await ledger.skip('sweep', [third], 'too-old');
      const earlier = await claimed(ledger, { tick: second });
      await transactions.run((tx) => ledger.succeed(tx, earlier, nothing));
      equal((await jobRegistry.records()).at(-1)!.watermark, third);
    },
  },
];
