import { addMs, type Claim, type Instant } from '@gamekeeper/core';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import {
  asked,
  claimed,
  first,
  leaseMs,
  nothing,
  registered,
  second,
  third,
  type JobsHarness,
} from './jobs-harness.ts';
import { ledgerControl } from './ledger-control.ts';
import { futureTickCases } from './ledger-future.ts';
import { ledgerHistories } from './ledger-histories.ts';
import { reopeningCases } from './ledger-reopening.ts';
import { runPageCases } from './ledger-run-pages.ts';

/** Returns the contract of `RunLedger` as test cases. */
export function runLedgerContract(options: ContractOptions<JobsHarness>): readonly ContractCase[] {
  return contractCases<JobsHarness>(options, [
    {
      name: 'law 1: gives a tick to the first claimant, and returns its holder to the others',
      check: async (create) => {
        const { ledger } = await registered(create);
        const { fence, checkpoint, processed, ...rest } = await claimed(ledger);
        deepEqual(
          { fence, checkpoint, processed, rest },
          { fence: 1, ...nothing, rest: { job: 'sweep', tick: first, instanceId: 'one' } },
        );
        const held = { kind: 'held', tick: first, instanceId: 'one', retryInMs: leaseMs };
        deepEqual(await ledger.claim({ ...asked, instanceId: 'two' }), held);
      },
    },
    {
      name: 'law 1: completes a tick permanently when its run succeeds, and moves the watermark to it',
      check: async (create) => {
        const { ledger, jobRegistry, transactions } = await registered(create);
        const claim = await claimed(ledger);
        await transactions.run((tx) => ledger.succeed(tx, claim, { checkpoint: null, processed: 7 }));
        for (const again of [false, true]) {
          deepEqual(await ledger.claim({ ...asked, again }), { kind: 'done', status: 'succeeded' });
        }
        const [record] = await jobRegistry.records();
        equal(record!.watermark, first);
        equal(record!.running, null);
        deepEqual(
          record!.recent.map((run) => run.tick),
          [first],
        );
        const { job, tick, status, fence, instanceId, processed, failedItems, error } = record!.lastSuccess!;
        deepEqual(
          { job, tick, status, fence, instanceId, processed, failedItems, error },
          {
            job: 'sweep',
            tick: first,
            status: 'succeeded',
            fence: 1,
            instanceId: 'one',
            processed: 7,
            failedItems: 0,
            error: null,
          },
        );
      },
    },
    {
      name: 'keeps one active run per job: another tick of it must wait, another job need not',
      check: async (create) => {
        const { ledger } = await registered(create);
        await claimed(ledger);
        const other = await ledger.claim({ ...asked, tick: second, instanceId: 'two' });
        deepEqual(other, { kind: 'held', tick: first, instanceId: 'one', retryInMs: leaseMs });
        equal((await ledger.claim({ ...asked, job: 'archive', tick: second })).kind, 'claimed');
      },
    },
    {
      name: 'lets another attempt take over when a lease has expired: larger fence, same checkpoint',
      check: async (create) => {
        const { ledger, transactions, passTime } = await registered(create);
        const claim = await claimed(ledger);
        const progress = { checkpoint: { page: 3, rest: ['a', null] }, processed: 5 };
        await transactions.run((tx) => ledger.advance(tx, claim, progress, leaseMs));
        await passTime(leaseMs - 1);
        deepEqual(await ledger.claim({ ...asked, instanceId: 'two' }), {
          kind: 'held',
          tick: first,
          instanceId: 'one',
          retryInMs: 1,
        });
        await passTime(1);
        deepEqual(await claimed(ledger, { instanceId: 'two' }), {
          ...claim,
          ...progress,
          fence: 2,
          instanceId: 'two',
        });
      },
    },
    {
      name: 'gives out an unfinished earlier run before the requested tick',
      check: async (create) => {
        const { ledger, passTime } = await registered(create);
        await claimed(ledger);
        await passTime(leaseMs);
        const { tick, fence } = await claimed(ledger, { tick: third, instanceId: 'two' });
        deepEqual({ tick, fence }, { tick: first, fence: 2 });
      },
    },
    {
      name: 'law 3: rolls back the batch of an attempt that lost its lease, and rejects its other calls',
      check: async (create) => {
        const { ledger, transactions, passTime } = await registered(create);
        const lost = await claimed(ledger);
        await passTime(leaseMs);
        const holder = await claimed(ledger, { instanceId: 'two' });
        const refusal = { code: 'LEASE_LOST' };
        const late = { checkpoint: 'late', processed: 99 };
        await rejects(
          transactions.run((tx) => ledger.advance(tx, lost, late, leaseMs)),
          refusal,
        );
        await rejects(
          transactions.run((tx) => ledger.succeed(tx, lost, late)),
          refusal,
        );
        await rejects(ledger.fail(lost, 'late'), refusal);
        equal(await ledger.renew(lost, leaseMs), false);
        await ledger.release(lost);
        equal((await ledger.claim(asked)).kind, 'held');
        await transactions.run((tx) => ledger.succeed(tx, holder, { checkpoint: null, processed: 1 }));
        equal((await ledger.runs('sweep', { limit: 1 }))[0]!.processed, 1);
      },
    },
    {
      name: 'extends a lease from the time of its renewal or of a committed batch',
      check: async (create) => {
        const { ledger, transactions, passTime } = await registered(create);
        const claim = await claimed(ledger);
        await passTime(10_000);
        equal(await ledger.renew(claim, leaseMs), true);
        await passTime(10_000);
        await transactions.run((tx) => ledger.advance(tx, claim, nothing, leaseMs));
        await passTime(14_999);
        equal((await ledger.claim(asked)).kind, 'held');
        await passTime(1);
        equal((await claimed(ledger)).fence, 2);
      },
    },
    {
      name: 'lets an attempt commit after its lease has expired, if no other has taken over',
      check: async (create) => {
        const { ledger, jobRegistry, transactions, passTime } = await registered(create);
        const claim = await claimed(ledger);
        await passTime(10 * leaseMs);
        await transactions.run((tx) => ledger.succeed(tx, claim, nothing));
        equal((await jobRegistry.records()).at(-1)!.watermark, first);
      },
    },
    {
      name: 'gives a released run to the next claimant at once',
      check: async (create) => {
        const { ledger, transactions } = await registered(create);
        const claim = await claimed(ledger);
        await transactions.run((tx) =>
          ledger.advance(tx, claim, { checkpoint: 'here', processed: 2 }, leaseMs),
        );
        await ledger.release(claim);
        const { fence, checkpoint, processed } = await claimed(ledger, { instanceId: 'two' });
        deepEqual({ fence, checkpoint, processed }, { fence: 2, checkpoint: 'here', processed: 2 });
      },
    },
    {
      name: 'discards a batch whose transaction fails',
      check: async (create) => {
        const { ledger, jobRegistry, transactions } = await registered(create);
        const claim = await claimed(ledger);
        const failing = transactions.run(async (tx) => {
          await ledger.succeed(tx, claim, { checkpoint: null, processed: 7 });
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        const [record] = await jobRegistry.records();
        equal(record!.watermark, addMs(first, -1));
        equal(record!.running?.processed, 0);
        await transactions.run((tx) => ledger.succeed(tx, claim, nothing));
      },
    },
    {
      name: 'completes a failed run with its error, and repeats it only on request',
      check: async (create) => {
        const { ledger, jobRegistry, transactions } = await registered(create);
        await ledger.fail(await claimed(ledger), 'disk full: "/var"');
        deepEqual(await ledger.claim(asked), { kind: 'done', status: 'failed' });
        const [run] = await ledger.runs('sweep', { limit: 1 });
        deepEqual(
          { status: run!.status, error: run!.error },
          { status: 'failed', error: 'disk full: "/var"' },
        );
        const retry = await claimed(ledger, { again: true });
        equal(retry.fence, 2);
        // It counts as failed until it has succeeded.
        equal((await jobRegistry.records())[0]!.running!.error, 'disk full: "/var"');
        await transactions.run((tx) => ledger.succeed(tx, retry, nothing));
        equal((await ledger.runs('sweep', { limit: 1 }))[0]!.error, null);
      },
    },
    {
      name: 'records skipped ticks with their reason, except for those that have a row',
      check: async (create) => {
        const { ledger, jobRegistry, transactions } = await registered(create);
        const claim = await claimed(ledger);
        await transactions.run((tx) => ledger.succeed(tx, claim, nothing));
        deepEqual(await ledger.skip('sweep', [first, second, third], 'superseded'), [second, third]);
        deepEqual(await ledger.skip('sweep', [second, third], 'too-old'), []);
        const runs = await ledger.runs('sweep', { limit: 10 });
        deepEqual(
          runs.map(({ tick, status, error }) => ({ tick, status, error })),
          [
            { tick: third, status: 'skipped', error: 'superseded' },
            { tick: second, status: 'skipped', error: 'superseded' },
            { tick: first, status: 'succeeded', error: null },
          ],
        );
        equal((await jobRegistry.records()).at(-1)!.watermark, third);
        deepEqual(await ledger.claim({ ...asked, tick: third }), { kind: 'done', status: 'skipped' });
        equal((await claimed(ledger, { tick: third, again: true })).fence, 1);
      },
    },
    {
      name: 'records a tick without work, unless it has a row or a run of the job is active',
      check: async (create) => {
        const { ledger, jobRegistry } = await registered(create);
        const passing = { job: 'sweep', tick: first, instanceId: 'one' };
        equal(await ledger.recordIdleTick(passing), true);
        equal(await ledger.recordIdleTick(passing), false);
        deepEqual(await ledger.claim({ ...asked, again: true }), { kind: 'done', status: 'succeeded' });
        await claimed(ledger, { tick: second });
        equal(await ledger.recordIdleTick({ ...passing, tick: third }), false);
        const [run] = (await ledger.runs('sweep', { limit: 5 })).slice(-1);
        deepEqual([run!.status, run!.fence, run!.processed, run!.error], ['succeeded', 1, 0, null]);
        equal((await jobRegistry.records()).at(-1)!.watermark, first);
      },
    },
    ...runPageCases,
    ...reopeningCases,
    ...ledgerControl,
    ...futureTickCases,
    {
      name: 'pages through runs, newest first',
      check: async (create) => {
        const { ledger } = await registered(create);
        const ticks = Array.from({ length: 7 }, (_, hour) => addMs(first, hour * 3_600_000));
        await ledger.skip('sweep', ticks, 'missed');
        const seen: Instant[] = [];
        for (let before: Instant | undefined; seen.length < ticks.length; before = seen.at(-1)) {
          const page = await ledger.runs('sweep', { limit: 3, ...(before !== undefined && { before }) });
          ok(page.length > 0);
          seen.push(...page.map(({ tick }) => tick));
        }
        deepEqual(seen, [...ticks].reverse());
        deepEqual(await ledger.runs('unheard-of', { limit: 3 }), []);
      },
    },
    {
      name: 'law 1: returns for any sequence of calls what the rules of the ledger say',
      check: ledgerHistories,
    },
    {
      name: 'law 1: gives a tick to exactly one of many concurrent claimants',
      needs: 'concurrent',
      check: async (create) => {
        for (let round = 0; round < 10; round += 1) {
          const { ledger, passTime } = await registered(create);
          for (const fence of [1, 2]) {
            const owners = Array.from({ length: 12 }, (_, index) => `instance-${index}`);
            const outcomes = await Promise.all(
              owners.map((instanceId) => ledger.claim({ ...asked, instanceId })),
            );
            const claims = outcomes.filter(({ kind }) => kind === 'claimed') as { claim: Claim }[];
            deepEqual(
              claims.map(({ claim }) => claim.fence),
              [fence],
            );
            equal(outcomes.filter(({ kind }) => kind === 'held').length, owners.length - 1);
            await passTime(leaseMs);
          }
        }
      },
    },
  ]);
}
