import type { Claim, Json, Run, ShardClaim } from '@gamekeeper/core';
import {
  FINISHING_CHECKPOINT,
  type ShardClaimOutcome,
  type ShardEnd,
  type ShardLedger,
  type ShardRequest,
} from '@gamekeeper/core/ports';
import type { ContractOptions } from '../contract.ts';
import { claimed, first, leaseMs, registered, type JobsHarness } from './jobs-harness.ts';

/** What the contract of the shard ledger runs against: all on one store. */
export interface ShardsHarness extends JobsHarness {
  readonly shardLedger: ShardLedger;
}

/** The run that {@link divided} divides. */
export const ofRun: Pick<Claim, 'job' | 'tick'> = { job: 'sweep', tick: first };

/** Its parts. */
export const three: readonly Json[] = [{ through: 'h' }, { after: 'h', through: null }, 'the rest'];

/** A request for any of its shards. */
export const someShard: ShardRequest = { ...ofRun, instanceId: 'one', leaseMs };

/** Returns a store with one divided run, and the claim of the attempt that divided it. */
export async function divided<Harness extends ShardsHarness>(
  create: ContractOptions<Harness>['create'],
  {
    parts = three,
    next = FINISHING_CHECKPOINT,
  }: { readonly parts?: readonly Json[]; readonly next?: Json } = {},
): Promise<Harness & { readonly claim: Claim }> {
  const harness = await registered(create);
  const claim = await claimed(harness.ledger);
  await harness.shardLedger.divide(claim, { parts, next });
  return { ...harness, claim };
}

/** Returns the claim of an outcome. */
export function aShard(outcome: ShardClaimOutcome): ShardClaim {
  if (outcome.kind === 'claimed') return outcome.claim;
  throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
}

/** Returns the end of a shard that succeeded. */
export function endedWell(processed: number): ShardEnd {
  return { processed, failedItems: 0, error: null };
}

/** Returns the row of the divided run. */
export async function runOf({ ledger }: ShardsHarness): Promise<Run> {
  return (await ledger.runs('sweep', { limit: 1 }))[0]!;
}
