import { FINISHING_CHECKPOINT, type JoinedRun, type ShardEnd } from '@gamekeeper/core/ports';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import type { ContractOptions, Sentence } from '../contract.ts';
import { asked, claimed, first, leaseMs, nothing } from './jobs-harness.ts';
import { aShard, divided, endedWell, runOf, someShard, type ShardsHarness } from './shards-harness.ts';

/** What `divideAgain` and pruning promise. */
export const shardRepeats: readonly Sentence<ShardsHarness>[] = [
  {
    name: 'divides a failed run again: only shards that failed are open, at their checkpoints',
    check: async (create) => {
      const { ledger, shardLedger } = await failed(create);
      const again = await claimed(ledger, { again: true, instanceId: 'two' });
      equal(again.fence, 3);
      await shardLedger.divideAgain(again);
      equal((await ledger.claim(asked)).kind, 'divided');
      await rejects(ledger.succeed(null, again, nothing), { code: 'LEASE_LOST' });
      const claim = aShard(await shardLedger.claim({ ...someShard, instanceId: 'two' }));
      deepEqual(
        [claim.shard.index, claim.fence, claim.checkpoint, claim.processed, claim.failedItems],
        [1, 2, 'half', 20, 2],
      );
      equal((await shardLedger.claim(someShard)).kind, 'held');
    },
  },
  {
    name: 'joins a run that was divided again once more, and counts every item once',
    check: async (create) => {
      const harness = await failed(create);
      const { ledger, shardLedger } = harness;
      await shardLedger.divideAgain(await claimed(ledger, { again: true }));
      const claim = aShard(await shardLedger.claim(someShard));
      const joined = await shardLedger.end(claim, { processed: 25, failedItems: 3, error: null }, leaseMs);
      ok(joined);
      const { fence, checkpoint, processed } = joined.claim;
      deepEqual([fence, checkpoint, processed], [4, FINISHING_CHECKPOINT, 126]);
      deepEqual(joined.failures, []);
      equal((await runOf(harness)).failedItems, 3);
    },
  },
  {
    name: 'divides no run again that another attempt has taken over, or without failed shards',
    check: async (create) => {
      const { ledger, shardLedger, passTime } = await failed(create);
      const lost = await claimed(ledger, { again: true });
      await passTime(leaseMs);
      const holder = await claimed(ledger, { instanceId: 'two' });
      await rejects(shardLedger.divideAgain(lost), { code: 'LEASE_LOST' });
      await shardLedger.divideAgain(holder);
      const other = await claimed(ledger, { job: 'archive' });
      await rejects(shardLedger.divideAgain(other), { code: 'LEASE_LOST' });
      equal(await ledger.renew(other, leaseMs), true);
    },
  },
  {
    name: 'removes the shards of a run with its row',
    check: async (create) => {
      const { ledger, shardLedger, transactions } = await failed(create);
      const second = await claimed(ledger, { tick: (first + 3_600_000) as typeof first });
      await ledger.succeed(null, second, nothing);
      equal(await transactions.run((tx) => ledger.prune(tx, { before: second.tick, limit: 10 })), 1);
      deepEqual(await shardLedger.list('sweep', first), []);
      deepEqual(await shardLedger.claim(someShard), { kind: 'done' });
    },
  },
];

/** Returns a store with a run of three shards, the second of which failed half-way. */
async function failed(create: ContractOptions<ShardsHarness>['create']): Promise<ShardsHarness> {
  const harness = await divided(create);
  const { ledger, shardLedger } = harness;
  const ends: readonly ShardEnd[] = [
    endedWell(1),
    { processed: 20, failedItems: 2, error: 'disk full' },
    endedWell(100),
  ];
  const all: (JoinedRun | null)[] = [];
  for (const [index, end] of ends.entries()) {
    const claim = aShard(await shardLedger.claim({ ...someShard, index }));
    await shardLedger.advance(null, claim, { checkpoint: 'half', processed: end.processed }, leaseMs);
    all.push(await shardLedger.end(claim, end, leaseMs));
  }
  await ledger.fail(all.at(-1)!.claim, 'a shard failed');
  return harness;
}
