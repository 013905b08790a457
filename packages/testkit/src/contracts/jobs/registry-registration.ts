import { instant, addMs } from '@gamekeeper/core';
import type { JobRegistration } from '@gamekeeper/core/ports';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { JobsHarness } from './jobs-harness.ts';

const MINUTE_MS = 60_000;
const LEASE_MS = 15_000;
const sweepAt = (cron: string, zone?: string): readonly JobRegistration[] => [
  { job: 'sweep', schedule: { cron, ...(zone !== undefined && { timeZone: zone }) } },
];

/** What a registry promises about the schedules of registered jobs. */
export const registrationCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'stores the schedules of a job with their starts; repeating one changes nothing',
    check: async (create) => {
      const { storeTime, jobRegistry, passTime } = await create();
      const start = await storeTime.now();
      await jobRegistry.register(sweepAt('0 * * * *'), start);
      await passTime(MINUTE_MS);
      await jobRegistry.register(sweepAt('0 * * * *', 'UTC'), addMs(start, MINUTE_MS));
      await jobRegistry.register(sweepAt('0 4 * * *', 'Europe/Berlin'), addMs(start, MINUTE_MS));
      await passTime(MINUTE_MS);
      await jobRegistry.register(sweepAt('0 4 * * *'), addMs(start, 2 * MINUTE_MS));
      await jobRegistry.register(sweepAt('0 * * * *'), addMs(start, 2 * MINUTE_MS));
      const [record] = await jobRegistry.records();
      deepEqual(record!.schedules, [
        { since: start, cron: '0 * * * *', timeZone: 'UTC' },
        { since: addMs(start, MINUTE_MS), cron: '0 4 * * *', timeZone: 'Europe/Berlin' },
        { since: addMs(start, 2 * MINUTE_MS), cron: '0 4 * * *', timeZone: 'UTC' },
        { since: addMs(start, 2 * MINUTE_MS + 1), cron: '0 * * * *', timeZone: 'UTC' },
      ]);
      const { job, startsAfter, watermark, schedules } = record!;
      deepEqual(await jobRegistry.ticks(), [{ job, startsAfter, schedules }]);
      equal(await jobRegistry.watermark('sweep'), watermark);
      equal(await jobRegistry.watermark('archive'), null);
    },
  },
  {
    name: 'registers no job or schedule in the future for a host whose clock is ahead',
    check: async (create) => {
      const { storeTime, jobRegistry } = await create();
      const start = await storeTime.now();
      await jobRegistry.register(sweepAt('0 * * * *'), addMs(start, 3 * 24 * 60 * MINUTE_MS));
      await jobRegistry.register(sweepAt('30 * * * *'), addMs(start, 3 * 24 * 60 * MINUTE_MS));
      const [{ startsAfter, watermark, schedules } = fail()] = await jobRegistry.records();
      deepEqual([startsAfter, watermark], [addMs(start, -1), addMs(start, -1)]);
      deepEqual(
        schedules.map(({ since }) => since),
        [start, addMs(start, 1)],
      );
    },
  },
  {
    name: 'counts from the time of a host whose clock is behind, as in a replay',
    check: async (create) => {
      const { jobRegistry } = await create();
      const past = instant('2020-02-01T12:00:00Z');
      await jobRegistry.register(sweepAt('0 * * * *'), past);
      await jobRegistry.register(sweepAt('30 * * * *'), addMs(past, MINUTE_MS));
      const [{ startsAfter, watermark, schedules } = fail()] = await jobRegistry.records();
      deepEqual([startsAfter, watermark], [addMs(past, -1), addMs(past, -1)]);
      deepEqual(
        schedules.map(({ since }) => since),
        [past, addMs(past, MINUTE_MS)],
      );
    },
  },
  {
    name: 'orders a change after the one that it replaces, however far behind the clock of its host is',
    check: async (create) => {
      const { storeTime, jobRegistry } = await create();
      const start = await storeTime.now();
      await jobRegistry.register(sweepAt('0 * * * *'), start);
      await jobRegistry.register(sweepAt('30 * * * *'), addMs(start, -60 * MINUTE_MS));
      const [{ schedules } = fail()] = await jobRegistry.ticks();
      deepEqual(
        schedules.map(({ since, cron }) => [since, cron]),
        [
          [start, '0 * * * *'],
          [addMs(start, 1), '30 * * * *'],
        ],
      );
    },
  },
  {
    name: 'stores where the ticks of a job began, however many have run since',
    check: async (create) => {
      const { storeTime, jobRegistry, ledger } = await create();
      const start = await storeTime.now();
      await jobRegistry.register(hourlyJobs('sweep'), start);
      const claim = await ledger.claim({ job: 'sweep', tick: start, instanceId: 'one', leaseMs: LEASE_MS });
      if (claim.kind !== 'claimed') throw new Error(`the run is ${claim.kind}`);
      await ledger.succeed(null, claim.claim, { checkpoint: null, processed: 1 });
      await jobRegistry.register(sweepAt('30 * * * *'), start);
      const [{ startsAfter, watermark } = fail()] = await jobRegistry.records();
      equal(await jobRegistry.watermark('sweep'), watermark);
      deepEqual([startsAfter, watermark], [addMs(start, -1), start]);
    },
  },
  {
    name: 'records one change when several instances register it at once',
    needs: 'concurrent',
    check: async (create) => {
      const { storeTime, jobRegistry } = await create();
      const start = await storeTime.now();
      await jobRegistry.register(hourlyJobs('archive', 'sweep'), start);
      const changed = [...hourlyJobs('archive'), ...sweepAt('30 * * * *')];
      await Promise.all(
        [changed, changed.toReversed(), changed].map((jobs) => jobRegistry.register(jobs, start)),
      );
      const [archive, sweep] = await jobRegistry.ticks();
      equal(archive!.schedules.length, 1);
      equal(sweep!.schedules.length, 2);
    },
  },
];

function fail(): never {
  throw new Error('no job is registered');
}
