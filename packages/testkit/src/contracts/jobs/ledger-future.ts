import { addMs, type Instant } from '@gamekeeper/core';
import { deepEqual, equal } from 'node:assert/strict';
import type { ContractOptions, Sentence } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { JobsHarness } from './jobs-harness.ts';

const LEASE_MS = 15_000;
const AHEAD_MS = 40_000;

/** What a ledger promises of ticks that have yet to come by the store's clock, whatever the callers' clocks say. */
export const futureTickCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'law 1: gives a tick that lies ahead of the store’s clock to nobody, and says when to ask again',
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
    name: 'lets a run begin, and a tick pass, no earlier than it was asked to by the store’s clock',
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
    name: 'passes no tick that lies ahead of the store’s clock',
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
    name: 'records no tick as skipped that lies ahead of the store’s clock, and moves no watermark there',
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
    name: 'opens no run again before it may begin',
    check: async (create) => {
      const { ledger, now, request } = await present(create);
      await ledger.recordIdleTick(request(0));
      const reopening = { ...request(0), notBefore: addMs(now, 1) };
      deepEqual(await ledger.reopen(reopening), { kind: 'ahead', retryInMs: 1 });
      equal((await ledger.reopen(request(0))).kind, 'claimed');
    },
  },
  {
    name: 'answers who asks too early in the same way however the job stands, and takes nothing over for him',
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
    name: 'takes no run over whose tick lies ahead, when the store’s clock was put back',
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

/** A ledger with one job, that was registered a minute ago. */
async function present(create: ContractOptions<JobsHarness>['create']) {
  const harness = await create();
  const { storeTime, jobRegistry, ledger } = harness;
  const now = await storeTime.now();
  await jobRegistry.register(hourlyJobs('sweep'), addMs(now, -60_000));
  return {
    ...harness,
    now,
    /** For the run of a tick by its distance from what was the present. */
    request: (ms: number) => ({ job: 'sweep', tick: addMs(now, ms), instanceId: 'one', leaseMs: LEASE_MS }),
    onRecord: async (): Promise<{ readonly watermark: Instant; readonly ticks: readonly Instant[] }> => {
      const runs = await ledger.runs('sweep', { limit: 10 });
      return { watermark: (await jobRegistry.records())[0]!.watermark, ticks: runs.map(({ tick }) => tick) };
    },
  };
}
