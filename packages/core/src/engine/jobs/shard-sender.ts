import type { Transaction } from '../transactions/transactions.ts';
import type { Claim } from './run-ledger.ts';

/** Sends shards of a divided run to the instances that work on them. */
export interface ShardSender {
  /** Whether shards can be sent in the transaction that divides their run. */
  readonly joinsTransaction: boolean;
  /**
   * @param shards which shards, and how many the run has
   * @throws what the courier throws, if `tx` is given; otherwise never: the bell sends them again
   */
  send(
    run: Pick<Claim, 'job' | 'tick'>,
    shards: { readonly indexes: readonly number[]; readonly count: number },
    tx?: Transaction,
  ): Promise<void>;
}
