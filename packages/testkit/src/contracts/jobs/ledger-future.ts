import { addMs, type Instant } from '@gamekeeper/core';
import { deepEqual, equal } from '../assertions.ts';
import type { ContractOptions, Sentence } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { JobsHarness } from './jobs-harness.ts';

const LEASE_MS = 15_000;
const AHEAD_MS = 40_000;

/**
 * What a ledger promises about ticks that are in the future by the store's clock, whatever the callers' clocks show.
 */
export const futureTickCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'law 1: does not give out a tick that is in the future by the store’s clock, and returns when to retry',
    check: async (create) => {
      const { ledger, request, passTime, onRecord } = await present(create);
      const before = await onRecord();
      const ahead = { kind: 'ahead', retryInMs: AHEAD_MS };
      deepEqual(await ledger.claim(request(AHEAD_MS)), ahead);
      deepEqual(await ledger.claim({ ...request(AHEAD_MS), again: true }), ahead);
      deepEqual(await onRecord(), before);
      await passTime(AHEAD_MS - 1);
      deepEqual(await ledger.claim(request(AHEAD_MS)), { kind: 'ahead', retryInMs: 1 });
      await passTime(1);
      equal((await ledger.claim(request(AHEAD_MS))).kind, 'claimed');
    },
  },
  {
    name: 'starts or records no tick before notBefore by the store’s clock',
    check: async (create) => {
      const { ledger, now, request, passTime } = await present(create);
      const delayed = { ...request(0), notBefore: addMs(now, 10_000) };
      deepEqual(await ledger.claim(delayed), { kind: 'ahead', retryInMs: 10_000 });
      equal(await ledger.recordIdleTick(delayed), false);
      await passTime(10_000);
      equal(await ledger.recordIdleTick(delayed), true);
    },
  },
  {
    name: 'records no idle tick that is in the future by the store’s clock',
    check: async (create) => {
      const { ledger, request, passTime, onRecord } = await present(create);
      const before = await onRecord();
      equal(await ledger.recordIdleTick(request(1)), false);
      deepEqual(await onRecord(), before);
      await passTime(1);
      equal(await ledger.recordIdleTick(request(1)), true);
    },
  },
  {
    name: 'skips no tick that is in the future by the store’s clock, and does not move the watermark',
    check: async (create) => {
      const { ledger, now, passTime, onRecord } = await present(create);
      const ticks = [now, addMs(now, 1), addMs(now, AHEAD_MS)];
      deepEqual(await ledger.skip('sweep', ticks.slice(2), 'missed'), []);
      deepEqual(await ledger.skip('sweep', ticks, 'missed'), [now]);
      deepEqual(await onRecord(), { watermark: now, ticks: [now] });
      await passTime(1);
      deepEqual(await ledger.skip('sweep', ticks, 'missed'), [ticks[1]]);
      deepEqual(await onRecord(), { watermark: ticks[1], ticks: [ticks[1], now] });
    },
  },
  {
    name: 'reopens no run before notBefore',
    check: async (create) => {
      const { ledger, now, request } = await present(create);
      await ledger.recordIdleTick(request(0));
      const reopening = { ...request(0), notBefore: addMs(now, 1) };
      deepEqual(await ledger.reopen(reopening), { kind: 'ahead', retryInMs: 1 });
      equal((await ledger.reopen(request(0))).kind, 'claimed');
    },
  },
  {
    name: 'returns ahead for an early claim whatever the state of the job, and takes over nothing',
    check: async (create) => {
      const { ledger, jobRegistry, request, passTime } = await present(create);
      const ahead = { kind: 'ahead', retryInMs: AHEAD_MS };
      await ledger.claim(request(0));
      deepEqual(await ledger.claim(request(AHEAD_MS)), ahead);
      await passTime(LEASE_MS);
      deepEqual(await ledger.claim(request(AHEAD_MS + LEASE_MS)), ahead);
      await jobRegistry.pause('sweep');
      deepEqual(await ledger.claim(request(AHEAD_MS + LEASE_MS)), ahead);
      equal((await ledger.runs('sweep', { limit: 2 }))[0]?.fence, 1);
    },
  },
  {
    name: 'takes over no run whose tick is in the future after the store’s clock was moved back',
    check: async (create) => {
      const { ledger, request, passTime } = await present(create);
      await passTime(AHEAD_MS);
      const begun = await ledger.claim(request(AHEAD_MS));
      if (begun.kind !== 'claimed') throw new Error(`the run is ${begun.kind}`);
      await ledger.release(begun.claim);
      await passTime(-AHEAD_MS);
      await ledger.release(begun.claim);
      const ahead = { kind: 'ahead', retryInMs: AHEAD_MS };
      deepEqual(await ledger.claim(request(0)), ahead);
      deepEqual(await ledger.reopen(request(0)), ahead);
      await passTime(AHEAD_MS);
      equal((await ledger.claim(request(0))).kind, 'claimed');
    },
  },
];

/** Returns a ledger with one job that was registered a minute ago. */
async function present(create: ContractOptions<JobsHarness>['create']) {
  const harness = await create();
  const { storeTime, jobRegistry, ledger } = harness;
  const now = await storeTime.now();
  await jobRegistry.register(hourlyJobs('sweep'), addMs(now, -60_000));
  return {
    ...harness,
    now,
    /** Returns a request for a tick that is `ms` milliseconds after `now` (if negative: before). */
    request: (ms: number) => ({ job: 'sweep', tick: addMs(now, ms), instanceId: 'one', leaseMs: LEASE_MS }),
    onRecord: async (): Promise<{ readonly watermark: Instant; readonly ticks: readonly Instant[] }> => {
      const runs = await ledger.runs('sweep', { limit: 10 });
      return { watermark: (await jobRegistry.records())[0]!.watermark, ticks: runs.map(({ tick }) => tick) };
    },
  };
}
