import { type Claim, type ShardClaim } from '@gamekeeper/core';
import {
  FINISHING_CHECKPOINT,
  dividedCheckpoint,
  type ShardClaimOutcome,
  type ShardEnd,
} from '@gamekeeper/core/ports';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions, type Sentence } from '../contract.ts';
import { asked, claimed, first, leaseMs, nothing, registered, second } from './jobs-harness.ts';
import {
  aShard,
  divided,
  endedWell,
  ofRun,
  runOf,
  someShard,
  three,
  type ShardsHarness,
} from './shards-harness.ts';
import { shardRaces } from './shard-races.ts';
import { shardRepeats } from './shard-repeats.ts';

/** Returns the contract of `ShardLedger` as test cases. */
export function shardLedgerContract(options: ContractOptions<ShardsHarness>): readonly ContractCase[] {
  return contractCases<ShardsHarness>(options, [
    ...division,
    ...claims,
    ...fences,
    ...joins,
    ...shardRepeats,
    ...shardRaces,
  ]);
}

type Case = Sentence<ShardsHarness>;

const division: readonly Case[] = [
  {
    name: 'divides a run: nobody holds it any more, and any claim of the job returns it as divided',
    check: async (create) => {
      const harness = await divided(create);
      const [job] = await harness.jobRegistry.records();
      deepEqual([job!.running?.tick, job!.running?.leaseUntil], [first, null]);
      for (const tick of [first, second])
        deepEqual(await harness.ledger.claim({ ...asked, tick }), { kind: 'divided', tick: first });
      const { status, fence, instanceId } = await runOf(harness);
      deepEqual({ status, fence, instanceId }, { status: 'running', fence: 1, instanceId: null });
      const shards = await harness.shardLedger.list('sweep', first);
      deepEqual(
        shards.map(({ index, part, status: of, fence: attempts }) => ({ index, part, of, attempts })),
        three.map((part, index) => ({ index, part, of: 'open', attempts: 0 })),
      );
    },
  },
  {
    name: 'law 3: rejects the calls of the attempt that divided its run',
    check: async (create) => {
      const { ledger, claim } = await divided(create);
      const refusal = { code: 'LEASE_LOST' };
      equal(await ledger.renew(claim, leaseMs), false);
      await rejects(ledger.advance(null, claim, nothing, leaseMs), refusal);
      await rejects(ledger.succeed(null, claim, nothing), refusal);
      await rejects(ledger.fail(claim, 'late'), refusal);
      await ledger.release(claim);
      equal((await ledger.claim(asked)).kind, 'divided');
    },
  },
  {
    name: 'law 3: divides no run that another attempt has taken over, and divides it once',
    check: async (create) => {
      const harness = await registered(create);
      const { ledger, shardLedger, passTime } = harness;
      const lost = await claimed(ledger);
      await passTime(leaseMs);
      const holder = await claimed(ledger, { instanceId: 'two' });
      const parts = { parts: three, next: null };
      await rejects(shardLedger.divide(lost, parts), { code: 'LEASE_LOST' });
      deepEqual(await shardLedger.list('sweep', first), []);
      await shardLedger.divide(holder, parts);
      await rejects(shardLedger.divide(holder, parts), { code: 'LEASE_LOST' });
    },
  },
  {
    name: 'law 3: divides a run together with what else is done in the transaction, or not at all',
    check: async (create) => {
      const harness = await registered(create);
      const { ledger, shardLedger } = harness;
      const claim = await claimed(ledger);
      const parts = { parts: three, next: null };
      const refusal = { code: 'NOT_NOW' };
      await rejects(
        shardLedger.divide(claim, parts, () => Promise.reject(Object.assign(new Error('not now'), refusal))),
        refusal,
      );
      deepEqual(await shardLedger.list('sweep', first), []);
      equal(await ledger.renew(claim, leaseMs), true);
      const stores: string[] = [];
      await shardLedger.divide(claim, parts, async (tx) => void stores.push(tx.store));
      equal(stores.length, 1);
      equal((await shardLedger.list('sweep', first)).length, 3);
      deepEqual(await ledger.claim(asked), { kind: 'divided', tick: first });
    },
  },
  {
    name: 'does not continue a divided run of a paused job, whose active shards end all the same',
    check: async (create) => {
      const { ledger, jobRegistry, shardLedger } = await divided(create);
      const active = aShard(await shardLedger.claim(someShard));
      await jobRegistry.pause('sweep');
      deepEqual(await shardLedger.claim(someShard), { kind: 'paused' });
      deepEqual(await ledger.claim(asked), { kind: 'paused' });
      equal(await shardLedger.end(active, endedWell(1), leaseMs), null);
      await jobRegistry.resume('sweep');
      equal(aShard(await shardLedger.claim(someShard)).shard.index, 1);
    },
  },
  {
    name: 'keeps jobs and ticks apart',
    check: async (create) => {
      const { shardLedger } = await divided(create);
      for (const other of [{ job: 'archive' }, { tick: second }])
        deepEqual(await shardLedger.claim({ ...someShard, ...other }), { kind: 'done' });
      deepEqual(await shardLedger.list('sweep', second), []);
    },
  },
];

const claims: readonly Case[] = [
  {
    name: 'law 1: gives each shard to one claimant, by index, and then says when the next may be free',
    check: async (create) => {
      const { shardLedger, passTime } = await divided(create);
      for (const [index, part] of three.entries()) {
        const claim = aShard(await shardLedger.claim({ ...someShard, instanceId: `i${index}` }));
        const start = { fence: 1, instanceId: `i${index}`, checkpoint: null, processed: 0, failedItems: 0 };
        deepEqual(claim, { ...ofRun, ...start, shard: { index, count: 3, part } });
        await passTime(1_000);
      }
      const held: ShardClaimOutcome = { kind: 'held', retryInMs: leaseMs - 3_000 };
      deepEqual(await shardLedger.claim(someShard), held);
    },
  },
  {
    name: 'gives a requested shard only',
    check: async (create) => {
      const { shardLedger } = await divided(create);
      equal(aShard(await shardLedger.claim({ ...someShard, index: 2 })).shard.index, 2);
      deepEqual(await shardLedger.claim({ ...someShard, index: 2 }), { kind: 'held', retryInMs: leaseMs });
      deepEqual(await shardLedger.claim({ ...someShard, index: 7 }), { kind: 'done' });
    },
  },
  {
    name: 'lets another attempt take over a shard when its lease has expired: larger fence, same checkpoint and counts',
    check: async (create) => {
      const { shardLedger, transactions, passTime } = await divided(create);
      const claim = aShard(await shardLedger.claim(someShard));
      const progress = { checkpoint: { at: ['x', null] }, processed: 5, failedItems: 2 };
      await transactions.run((tx) => shardLedger.advance(tx, claim, progress, leaseMs));
      await passTime(leaseMs - 1);
      equal(aShard(await shardLedger.claim(someShard)).shard.index, 1);
      await passTime(1);
      const taken = aShard(await shardLedger.claim({ ...someShard, instanceId: 'two' }));
      deepEqual(taken, { ...claim, ...progress, fence: 2, instanceId: 'two' });
    },
  },
  {
    name: 'extends a lease from the time of its renewal or of a committed batch',
    check: async (create) => {
      const { shardLedger, passTime } = await divided(create);
      const claim = aShard(await shardLedger.claim({ ...someShard, index: 0 }));
      await passTime(10_000);
      equal(await shardLedger.renew(claim, leaseMs), true);
      await passTime(10_000);
      await shardLedger.advance(null, claim, nothing, leaseMs);
      const again = { ...someShard, index: 0 };
      deepEqual(await shardLedger.claim(again), { kind: 'held', retryInMs: leaseMs });
      await passTime(leaseMs);
      equal(aShard(await shardLedger.claim(again)).fence, 2);
    },
  },
  {
    name: 'gives a released shard to the next claimant at once',
    check: async (create) => {
      const { shardLedger } = await divided(create);
      const claim = aShard(await shardLedger.claim(someShard));
      await shardLedger.advance(null, claim, { checkpoint: 'here', processed: 2 }, leaseMs);
      await shardLedger.release(claim);
      const { fence, checkpoint, processed, shard } = aShard(await shardLedger.claim(someShard));
      deepEqual([shard.index, fence, checkpoint, processed], [0, 2, 'here', 2]);
    },
  },
];

const fences: readonly Case[] = [
  {
    name: 'law 3: rolls back the batch of an attempt that lost its shard, and rejects its other calls',
    check: async (create) => {
      const { shardLedger, transactions, passTime } = await divided(create);
      const lost = aShard(await shardLedger.claim({ ...someShard, index: 1 }));
      await passTime(leaseMs);
      const holder = aShard(await shardLedger.claim({ ...someShard, index: 1, instanceId: 'two' }));
      const late = { checkpoint: 'late', processed: 99 };
      const refusal = { code: 'LEASE_LOST' };
      await rejects(
        transactions.run((tx) => shardLedger.advance(tx, lost, late, leaseMs)),
        refusal,
      );
      await rejects(shardLedger.end(lost, endedWell(99), leaseMs), refusal);
      equal(await shardLedger.renew(lost, leaseMs), false);
      await shardLedger.release(lost);
      equal((await shardLedger.claim({ ...someShard, index: 1 })).kind, 'held');
      equal(await shardLedger.end(holder, endedWell(1), leaseMs), null);
      equal((await shardLedger.list('sweep', first))[1]!.processed, 1);
    },
  },
  {
    name: 'discards a batch whose transaction fails',
    check: async (create) => {
      const { shardLedger, transactions } = await divided(create);
      const claim = aShard(await shardLedger.claim(someShard));
      const failing = transactions.run(async (tx) => {
        await shardLedger.advance(tx, claim, { checkpoint: 'gone', processed: 7 }, leaseMs);
        throw new Error('undo');
      });
      await rejects(failing, { message: 'undo' });
      equal((await shardLedger.list('sweep', first))[0]!.processed, 0);
    },
  },
  {
    name: 'rejects the claim of one shard for another',
    check: async (create) => {
      const { shardLedger } = await divided(create);
      const claim = aShard(await shardLedger.claim(someShard));
      const other: ShardClaim = { ...claim, shard: { ...claim.shard, index: 1 } };
      await rejects(shardLedger.advance(null, other, nothing, leaseMs), { code: 'LEASE_LOST' });
      equal(await shardLedger.renew(other, leaseMs), false);
    },
  },
];

const joins: readonly Case[] = [
  {
    name: 'law 1: gives the run to the attempt that ends its last shard, in whatever order they end',
    check: async (create) => {
      for (const order of [
        [0, 1, 2],
        [2, 0, 1],
        [1, 2, 0],
      ]) {
        const harness = await divided(create, { next: { walked: 'rest' } });
        const { ledger, shardLedger } = harness;
        const shards = await claimAll(harness);
        const ends = [];
        for (const index of order)
          ends.push(await shardLedger.end(shards[index]!, endedWell(10 ** index), leaseMs));
        deepEqual(ends.slice(0, 2), [null, null]);
        const { claim, failures } = ends[2]!;
        const counted = { fence: 2, instanceId: 'one', checkpoint: { walked: 'rest' }, processed: 111 };
        deepEqual([claim, failures], [{ ...ofRun, ...counted }, []]);
        deepEqual(await shardLedger.claim(someShard), { kind: 'done' });
        deepEqual(await ledger.claim({ ...asked, instanceId: 'two' }), {
          kind: 'held',
          tick: first,
          instanceId: 'one',
          retryInMs: leaseMs,
        });
        await ledger.succeed(null, claim, { checkpoint: null, processed: 111 });
        deepEqual(await ledger.claim(asked), { kind: 'done', status: 'succeeded' });
      }
    },
  },
  {
    name: 'lets another attempt take over a joined run: it continues after the shards',
    check: async (create) => {
      const harness = await divided(create);
      const { ledger, passTime } = harness;
      const { claim } = await endAll(harness);
      await passTime(leaseMs);
      const taken = await claimed(ledger, { instanceId: 'two' });
      deepEqual(taken, { ...claim, fence: 3, instanceId: 'two' });
      equal(taken.checkpoint, FINISHING_CHECKPOINT);
      await rejects(ledger.succeed(null, claim, nothing), { code: 'LEASE_LOST' });
    },
  },
  {
    name: 'ends a shard once',
    check: async (create) => {
      const { shardLedger, passTime } = await divided(create);
      const claim = aShard(await shardLedger.claim(someShard));
      equal(await shardLedger.end(claim, endedWell(3), leaseMs), null);
      await rejects(shardLedger.end(claim, endedWell(3), leaseMs), { code: 'LEASE_LOST' });
      await passTime(leaseMs);
      deepEqual(await shardLedger.claim({ ...someShard, index: 0 }), { kind: 'done' });
    },
  },
  {
    name: 'joins a run with the shards that failed, and keeps it divided for the next attempt',
    check: async (create) => {
      const harness = await divided(create);
      const shards = await claimAll(harness);
      const ends: readonly ShardEnd[] = [
        { processed: 2, failedItems: 1, error: 'disk full' },
        endedWell(1),
        { processed: 0, failedItems: 0, error: 'no table' },
      ];
      const joined = await endInOrder(harness, shards, ends);
      deepEqual(joined.failures, [
        { index: 0, error: 'disk full' },
        { index: 2, error: 'no table' },
      ]);
      deepEqual(
        [joined.claim.checkpoint, joined.claim.processed],
        [dividedCheckpoint(FINISHING_CHECKPOINT), 3],
      );
      equal((await runOf(harness)).failedItems, 1);
    },
  },
];

async function claimAll({ shardLedger }: ShardsHarness): Promise<readonly ShardClaim[]> {
  const all: ShardClaim[] = [];
  for (const index of three.keys()) all.push(aShard(await shardLedger.claim({ ...someShard, index })));
  return all;
}

async function endInOrder(
  { shardLedger }: ShardsHarness,
  shards: readonly ShardClaim[],
  ends: readonly ShardEnd[],
) {
  const outcomes = [];
  for (const [index, shard] of shards.entries())
    outcomes.push(await shardLedger.end(shard, ends[index]!, leaseMs));
  const joined = outcomes.at(-1);
  ok(joined);
  return joined;
}

async function endAll(harness: ShardsHarness): Promise<{ readonly claim: Claim }> {
  return endInOrder(
    harness,
    await claimAll(harness),
    three.map(() => endedWell(1)),
  );
}
