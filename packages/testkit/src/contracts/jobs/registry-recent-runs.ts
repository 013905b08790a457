import { instant, addMs, type Claim, type Instant } from '@gamekeeper/core';
import { RECENT_RUNS, type JobRecord } from '@gamekeeper/core/ports';
import { deepEqual, equal } from '../assertions.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import type { ContractOptions, Sentence } from '../contract.ts';
import type { JobsHarness } from './jobs-harness.ts';

const LEASE_MS = 15_000;
/** Earlier than the clock of every harness. */
const start = instant('2026-11-23T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * 3_600_000);

/** What a registry returns about the newest runs, for judging a job. */
export const recentRunCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'returns how the newest runs ended, newest tick first, without skipped and active ones',
    check: async (create) => {
      const { ledger, claim, end, record, pulse } = await hourly(create);
      for (const tick of [1, 3, 2, 5]) await end(tick, tick === 2 ? 'failed' : 'succeeded');
      await ledger.skip('sweep', [hour(4), hour(6)], 'missed');
      await claim(7);
      const { recent, lastSuccess, running } = await record();
      const ended = [
        [hour(5), 'succeeded', null],
        [hour(3), 'succeeded', null],
        [hour(2), 'failed', 'disk full'],
        [hour(1), 'succeeded', null],
      ];
      deepEqual(
        recent.map(({ tick, status, error }) => [tick, status, error]),
        ended,
      );
      deepEqual([lastSuccess?.tick, running?.tick], [hour(5), hour(7)]);
      deepEqual(
        (await pulse()).recent,
        ended.map(([, status]) => ({ status })),
      );
    },
  },
  {
    name: 'summarises no recent runs if none has failed, and no more than are used for judging',
    check: async (create) => {
      const { end, record, pulse } = await hourly(create);
      await end(0, 'failed');
      for (let tick = 1; tick < RECENT_RUNS; tick += 1) await end(tick, 'succeeded');
      const { recent } = await record();
      deepEqual(
        [recent.length, recent.at(-1)?.tick, recent.at(-1)?.status],
        [RECENT_RUNS, hour(0), 'failed'],
      );
      equal((await pulse()).recent.length, RECENT_RUNS);
      await end(RECENT_RUNS, 'succeeded');
      equal((await record()).recent.at(-1)?.tick, hour(1));
      deepEqual((await pulse()).recent, []);
    },
  },
  {
    name: 'counts a reopened run as active and not as ended, and an older one in its place',
    check: async (create) => {
      const { ledger, end, record, pulse } = await hourly(create);
      for (let tick = 0; tick <= RECENT_RUNS; tick += 1) await end(tick, tick === 3 ? 'failed' : 'succeeded');
      const again = { job: 'sweep', instanceId: 'one', leaseMs: LEASE_MS };
      const reopened = await ledger.reopen({ ...again, tick: hour(RECENT_RUNS) });
      const { recent, lastSuccess } = await record();
      deepEqual([recent[0]?.tick, recent.at(-1)?.tick, recent.length], [hour(19), hour(0), RECENT_RUNS]);
      equal(lastSuccess?.tick, hour(19));
      if (reopened.kind === 'claimed')
        await ledger.succeed(null, reopened.claim, { checkpoint: null, processed: 1 });
      equal((await ledger.claim({ ...again, tick: hour(3), again: true })).kind, 'claimed');
      const { status, running, recent: glance } = await pulse();
      deepEqual([status, running, glance], ['succeeded', true, []]);
      deepEqual(
        (await record()).recent.some(({ tick }) => tick === hour(3)),
        false,
      );
    },
  },
  {
    name: 'omits recent runs whose rows are pruned',
    check: async (create) => {
      const { ledger, transactions, end, record, pulse } = await hourly(create);
      await end(1, 'failed');
      for (const tick of [2, 3]) await end(tick, 'succeeded');
      await transactions.run((tx) => ledger.prune(tx, { before: hour(9), limit: 10 }));
      deepEqual(
        (await record()).recent.map(({ tick }) => tick),
        [hour(3)],
      );
      deepEqual((await pulse()).recent, []);
    },
  },
  {
    name: 'stores when a run and its newest attempt began',
    check: async (create) => {
      const { storeTime, ledger, claim, record, passTime } = await hourly(create);
      const began = await storeTime.now();
      await claim(1);
      const times = async (): Promise<readonly unknown[]> => {
        const [run] = await ledger.runs('sweep', { limit: 1 });
        const { startedAt, attemptedAt, finishedAt } = run!;
        return [startedAt, attemptedAt, finishedAt];
      };
      deepEqual(await times(), [began, began, null]);
      await passTime(LEASE_MS);
      const taken = await claim(1);
      deepEqual(await times(), [began, addMs(began, LEASE_MS), null]);
      await passTime(1_000);
      await ledger.fail(taken, 'disk full');
      deepEqual(await times(), [began, addMs(began, LEASE_MS), addMs(began, LEASE_MS + 1_000)]);
      equal((await record()).recent[0]?.durationMs, LEASE_MS + 1_000);
      await passTime(1_000);
      await claim(1, { again: true });
      deepEqual(await times(), [began, addMs(began, LEASE_MS + 2_000), null]);
    },
  },
];

async function hourly(create: ContractOptions<JobsHarness>['create']) {
  const harness = await create();
  const { jobRegistry, ledger } = harness;
  await jobRegistry.register(hourlyJobs('sweep'), start);
  const claim = async (tick: number, { again = false } = {}): Promise<Claim> => {
    const request = { job: 'sweep', tick: hour(tick), instanceId: 'one', leaseMs: LEASE_MS, again };
    const outcome = await ledger.claim(request);
    if (outcome.kind === 'claimed') return outcome.claim;
    throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
  };
  return {
    ...harness,
    claim,
    end: async (tick: number, how: 'succeeded' | 'failed'): Promise<void> => {
      const claimed = await claim(tick);
      if (how === 'failed') await ledger.fail(claimed, 'disk full');
      else await ledger.succeed(null, claimed, { checkpoint: null, processed: 1 });
    },
    record: async (): Promise<JobRecord> => (await jobRegistry.records())[0]!,
    pulse: async () => (await jobRegistry.summaries())[0]!,
  };
}
