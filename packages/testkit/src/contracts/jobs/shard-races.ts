import type { ShardClaim } from '@gamekeeper/core';
import type { JoinedRun } from '@gamekeeper/core/ports';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { leaseMs } from './jobs-harness.ts';
import { aShard, divided, endedWell, someShard, type ShardsHarness } from './shards-harness.ts';

const parts = Array.from({ length: 8 }, (_, index) => index);

/** What holds when many attempts call at once. */
export const shardRaces: readonly Sentence<ShardsHarness>[] = [
  {
    name: 'law 1: gives each shard to exactly one of many concurrent claimants',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 5; round += 1) {
        const { shardLedger, passTime } = await divided(create, { parts });
        for (const fence of [1, 2]) {
          const owners = Array.from({ length: 12 }, (_, index) => `instance-${index}`);
          const outcomes = await Promise.all(
            owners.map((instanceId) => shardLedger.claim({ ...someShard, instanceId })),
          );
          const claims = outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.claim] : []));
          deepEqual(new Set(claims.map(({ shard }) => shard.index)).size, claims.length);
          deepEqual([...new Set(claims.map((claim) => claim.fence))], [fence]);
          // Whoever comes while rows are locked by others may find none; they are claimed afterwards.
          for (let free = parts.length - claims.length; free > 0; free -= 1)
            aShard(await shardLedger.claim(someShard));
          equal((await shardLedger.claim(someShard)).kind, 'held');
          await passTime(leaseMs);
        }
      }
    },
  },
  {
    name: 'law 1: gives the run to exactly one of many attempts that end its last shards at once',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 10; round += 1) {
        const { shardLedger } = await divided(create, { parts });
        const claims: ShardClaim[] = [];
        for (const index of parts) claims.push(aShard(await shardLedger.claim({ ...someShard, index })));
        const ends = await Promise.all(claims.map((claim) => shardLedger.end(claim, endedWell(1), leaseMs)));
        const joined = ends.filter((end): end is JoinedRun => end !== null);
        deepEqual(
          joined.map(({ claim }) => [claim.fence, claim.processed]),
          [[2, parts.length]],
        );
      }
    },
  },
];
