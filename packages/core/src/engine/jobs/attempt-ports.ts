import type { EnginePorts } from './engine-ports.ts';
import type { RunLedger } from './run-ledger.ts';
import type { ShardClaim, ShardLedger } from './shard-ledger.ts';

/** Where an attempt records its batches: the row of its run, or that of its shard, which its last batch does not end. */
export type AttemptLedger = Pick<RunLedger, 'renew' | 'advance'> & Partial<Pick<RunLedger, 'succeed'>>;

/** The collaborators of an attempt. */
export type AttemptPorts = Omit<EnginePorts, 'ledger'> & { readonly ledger: AttemptLedger };

/** Returns the ports of an attempt at a shard, which records its batches in the row of the shard. */
export function portsOfShard(ports: EnginePorts, shardLedger: ShardLedger, claim: ShardClaim): AttemptPorts {
  return {
    ...ports,
    ledger: {
      renew: (_claim, leaseMs) => shardLedger.renew(claim, leaseMs),
      advance: (tx, _claim, progress, leaseMs) => shardLedger.advance(tx, claim, progress, leaseMs),
    },
  };
}
