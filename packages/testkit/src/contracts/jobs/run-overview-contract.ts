import { addMs, HOUR_MS, MINUTE_MS, type Transaction } from '@gamekeeper/core';
import type {
  LeasedRun,
  Outbox,
  OverviewRequest,
  Progress,
  RunCell,
  RunOverview,
} from '@gamekeeper/core/ports';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';
import { claimed, first, leaseMs, second, third } from './jobs-harness.ts';
import { aShard, divided, endedWell, someShard, type ShardsHarness } from './shards-harness.ts';

/** What {@link runOverviewContract} runs against: all on one store. */
export interface OverviewHarness extends ShardsHarness {
  readonly runOverview: RunOverview;
  readonly outbox: Outbox;
}

/** Runs that began later than this are late. Every harness's clock is a day after the first tick. */
const lateAfterMs = 10 * HOUR_MS;
const request: OverviewRequest = {
  jobs: [{ job: 'sweep', lateAfterMs }],
  from: first,
  stepMs: HOUR_MS,
  steps: 3,
  limit: 100,
};

/** Returns the contract of `RunOverview` as test cases. */
export function runOverviewContract(options: ContractOptions<OverviewHarness>): readonly ContractCase[] {
  return contractCases<OverviewHarness>(options, [
    {
      name: 'counts the recorded ticks of each step by what became of them',
      check: async (create) => {
        const { runOverview, ledger, storeTime, passTime } = await twoJobs(create);
        const startedAt = await storeTime.now();
        const claim = await claimed(ledger);
        await ledger.succeed(null, claim, { checkpoint: null, processed: 7, failedItems: 2 });
        await ledger.recordIdleTick({ job: 'sweep', tick: second, instanceId: 'one' });
        await claimed(ledger, { tick: third });
        await passTime(leaseMs + 1);
        await ledger.fail(await claimed(ledger, { tick: third, instanceId: 'two' }), 'disk "full" ü');
        await ledger.skip('archive', [first, second], 'missed');
        await claimed(ledger, { job: 'archive', tick: third });
        const jobs = ['archive', 'sweep', 'unheard-of'].map((job) => ({ job, lateAfterMs }));
        const started = (step: number): Partial<RunCell> => ({
          late: 1,
          maxLatenessMs: startedAt - first - step * HOUR_MS,
        });
        deepEqual(await runOverview.cells({ ...request, jobs }), [
          cell({ job: 'archive', step: 0, skipped: 1, error: 'missed' }),
          cell({ job: 'archive', step: 1, skipped: 1, error: 'missed' }),
          cell({
            job: 'archive',
            step: 2,
            running: 1,
            late: 1,
            maxLatenessMs: startedAt - third + leaseMs + 1,
          }),
          cell({ step: 0, succeeded: 1, processed: 7, failedItems: 2, ...started(0) }),
          cell({ step: 1, succeeded: 1, idle: 1, ...started(1) }),
          cell({ step: 2, failed: 1, repeated: 1, error: 'disk "full" ü', ...started(2) }),
        ]);
      },
    },
    {
      name: 'sums up the ticks of a step, and keeps the error of the newest that failed or was skipped',
      check: async (create) => {
        const { runOverview, ledger } = await twoJobs(create);
        await ledger.fail(await claimed(ledger), 'the first');
        await ledger.skip('sweep', [second], 'too-old');
        const done = { checkpoint: null, processed: 5 };
        await ledger.succeed(null, await claimed(ledger, { tick: third }), done);
        const [only, ...more] = await runOverview.cells({ ...request, stepMs: 3 * HOUR_MS, steps: 1 });
        deepEqual(more, []);
        const { ticks, succeeded, failed, skipped, processed, error, newestTick } = only!;
        deepEqual(
          { ticks, succeeded, failed, skipped, processed, error, newestTick },
          {
            ticks: 3,
            succeeded: 1,
            failed: 1,
            skipped: 1,
            processed: 5,
            error: 'too-old',
            newestTick: third,
          },
        );
      },
    },
    {
      name: 'reads the half-open span, in steps of any length, and only the newest ticks of each job',
      check: async (create) => {
        const { runOverview, ledger } = await twoJobs(create);
        for (const job of ['sweep', 'archive']) await ledger.skip(job, [first, second, third], 'missed');
        const steps = async (
          change: Partial<OverviewRequest>,
        ): Promise<readonly (readonly [string, number])[]> =>
          (await runOverview.cells({ ...request, ...change })).map(({ job, step }) => [job, step] as const);
        const jobs = [
          { job: 'sweep', lateAfterMs },
          { job: 'archive', lateAfterMs },
        ];
        deepEqual(await steps({ steps: 2 }), [
          ['sweep', 0],
          ['sweep', 1],
        ]);
        deepEqual(await steps({ from: addMs(first, 1), steps: 2 }), [
          ['sweep', 0],
          ['sweep', 1],
        ]);
        deepEqual(await steps({ from: addMs(first, -1), stepMs: MINUTE_MS, steps: 62 }), [
          ['sweep', 0],
          ['sweep', 60],
        ]);
        deepEqual(await steps({ jobs, limit: 2 }), [
          ['sweep', 1],
          ['sweep', 2],
          ['archive', 1],
          ['archive', 2],
        ]);
        deepEqual(await steps({ jobs: [] }), []);
        deepEqual(await steps({ from: addMs(third, HOUR_MS) }), []);
      },
    },
    {
      name: 'lists the active run of each job with its lease',
      check: async (create) => {
        const { runOverview, ledger, storeTime } = await twoJobs(create);
        deepEqual(await runOverview.active(), []);
        await claimed(ledger, { instanceId: 'two' });
        await claimed(ledger, { job: 'archive' });
        const now = await storeTime.now();
        const active = await runOverview.active();
        deepEqual(
          active.map(({ job, tick, instanceId, fence, leaseUntil }) => ({
            job,
            tick,
            instanceId,
            fence,
            leaseUntil,
          })),
          [
            { job: 'archive', tick: first, instanceId: 'one', fence: 1, leaseUntil: addMs(now, leaseMs) },
            { job: 'sweep', tick: first, instanceId: 'two', fence: 1, leaseUntil: addMs(now, leaseMs) },
          ],
        );
        const { leaseUntil: _lease, ...run } = active[1]!;
        deepEqual([run], await ledger.runs('sweep', { limit: 1 }));
      },
    },
    {
      name: 'counts the events that batches, attempts and shards of a run have written, by type',
      check: async (create) => {
        const harness = await twoJobs(create);
        const { runOverview, ledger, shardLedger, passTime } = harness;
        const at = { job: 'sweep', tick: first };
        deepEqual(await runOverview.events(at), {});
        const claim = await claimed(ledger);
        await batch(harness, ['Woken', 'Woken', 'Fed'], (tx) => ledger.advance(tx, claim, some, leaseMs));
        await ledger.advance(null, claim, some, leaseMs);
        deepEqual(await runOverview.events(at), { Woken: 2, Fed: 1 });
        await rejects(
          batch(harness, ['Fed'], async (tx) => {
            await ledger.advance(tx, claim, some, leaseMs);
            throw new Error('undo');
          }),
          /undo/,
        );
        await passTime(leaseMs + 1);
        const next = await claimed(ledger, { instanceId: 'two' });
        await shardLedger.divide(next, { parts: [1, 2], next: null });
        for (const index of [0, 1]) {
          const shard = aShard(await shardLedger.claim({ ...at, instanceId: 'two', leaseMs, index }));
          await batch(harness, ['Fed'], (tx) => shardLedger.advance(tx, shard, some, leaseMs));
          await shardLedger.end(shard, endedWell(1), leaseMs);
        }
        const [{ fence }] = (await runOverview.active()) as [LeasedRun];
        await batch(harness, ['Counted'], (tx) => ledger.succeed(tx, { ...next, fence }, some));
        deepEqual(await runOverview.events(at), { Woken: 2, Fed: 3, Counted: 1 });
        deepEqual(await runOverview.events({ ...at, tick: second }), {});
        deepEqual(await runOverview.events({ ...at, job: 'archive' }), {});
      },
    },
    {
      name: 'lists who attempted the newest runs, the newest attempt first',
      check: async (create) => {
        const { runOverview, ledger, storeTime, passTime } = await twoJobs(create);
        const all = { jobs: ['sweep', 'archive'], limit: 10 };
        deepEqual(await runOverview.instances(all), []);
        await ledger.skip('archive', [first], 'missed');
        const begunAt = await storeTime.now();
        for (const [tick, instanceId] of [
          [first, 'one'],
          [second, 'two'],
          [third, 'two'],
        ] as const) {
          await ledger.fail(await claimed(ledger, { tick, instanceId }), 'broken');
          await passTime(1_000);
        }
        deepEqual(await runOverview.instances(all), [
          { instanceId: 'two', lastAttemptAt: addMs(begunAt, 2_000), runs: 2 },
          { instanceId: 'one', lastAttemptAt: begunAt, runs: 1 },
        ]);
        equal((await runOverview.instances({ ...all, limit: 2 })).length, 1);
        deepEqual(await runOverview.instances({ jobs: ['archive'], limit: 2 }), []);
      },
    },
    {
      name: 'lists who worked on shards of the newest runs, too',
      check: async (create) => {
        const { runOverview, shardLedger, storeTime, passTime } = await divided<OverviewHarness>(create);
        const of = { jobs: ['sweep'], limit: 1 };
        deepEqual(await runOverview.instances(of), []);
        const begunAt = await storeTime.now();
        const ended = aShard(await shardLedger.claim({ ...someShard, index: 0, instanceId: 'two' }));
        await shardLedger.end(ended, endedWell(1), leaseMs);
        await passTime(1_000);
        await shardLedger.claim({ ...someShard, index: 1, instanceId: 'two' });
        await shardLedger.claim({ ...someShard, index: 2, instanceId: 'three' });
        deepEqual(await runOverview.instances(of), [
          { instanceId: 'three', lastAttemptAt: addMs(begunAt, 1_000), runs: 1 },
          { instanceId: 'two', lastAttemptAt: addMs(begunAt, 1_000), runs: 1 },
        ]);
      },
    },
  ]);
}

const some: Progress = { checkpoint: null, processed: 1 };
let written = 0;

/** Writes events, the last of them twice, and records that in the same transaction. */
function batch(
  { transactions, outbox }: OverviewHarness,
  types: readonly string[],
  record: (tx: Transaction) => Promise<void>,
): Promise<void> {
  const events = types.map((type) => ({
    type,
    key: `${type}:${(written += 1)}`,
    occurredAt: first,
    payload: {},
  }));
  return transactions.run(async (tx) => {
    await outbox.append(tx, events);
    await outbox.append(tx, events.slice(-1));
    await record(tx);
  });
}

async function twoJobs(create: ContractOptions<OverviewHarness>['create']): Promise<OverviewHarness> {
  const harness = await create();
  await harness.jobRegistry.register(hourlyJobs('sweep', 'archive'), first);
  return harness;
}

/** A cell of one tick; `change` has what is not zero. */
function cell(change: Partial<RunCell> & Pick<RunCell, 'step'>): RunCell {
  return {
    job: 'sweep',
    ticks: 1,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    running: 0,
    idle: 0,
    late: 0,
    repeated: 0,
    processed: 0,
    failedItems: 0,
    newestTick: addMs(first, change.step * HOUR_MS),
    maxLatenessMs: null,
    error: null,
    ...change,
  };
}
