import { InvalidOptionError } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { wholeNumber } from '../common/options.ts';
import type { Instant } from '../time/instant.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** A tick that is to be divided. */
export interface ShardsQuery {
  readonly asOf: Instant;
  /** The maximum number of parts. */
  readonly max: number;
}

/** A tick divided into parts. */
export interface Division<Checkpoint extends Json = Json> {
  /**
   * The parts, in a format of the job's own: together they contain every item, and no two contain the same. Fewer than
   * two: the tick is not divided.
   */
  readonly parts: readonly Json[];
  /**
   * The checkpoint at which the run continues in one piece when all parts have ended, for items that may have moved
   * between parts. Default: nothing is left.
   */
  readonly next?: Checkpoint | null;
}

/** What `finish` of a job receives. */
export interface Finish {
  /** The open transaction, which also ends the run. */
  readonly tx: Transaction;
  readonly job: string;
  /** The tick of the run. */
  readonly asOf: Instant;
  /** Whether the transaction will be rolled back. */
  readonly dryRun: boolean;
  /** Aborts when the lease is lost or the run times out. */
  readonly signal: AbortSignal;
  /** Items that the run changed. */
  readonly processed: number;
  /** Items that are recorded as failed. */
  readonly failedItems: number;
}

const DEFAULT_MAX_SHARDS = 16;
const MOST_SHARDS = 1_000;

/**
 * Returns the option `maxShards` of a job, or its default.
 *
 * @throws {InvalidOptionError}
 */
export function shardLimit({
  name,
  shards,
  maxShards,
}: {
  readonly name: string;
  readonly shards?: unknown;
  readonly maxShards?: number;
}): number {
  const limit = wholeNumber(`${name}.maxShards`, maxShards ?? (shards ? DEFAULT_MAX_SHARDS : 1), {
    min: 1,
    max: MOST_SHARDS,
  });
  if (limit > 1 && !shards)
    throw new InvalidOptionError(
      `${name}.maxShards`,
      limit,
      'must be left out, because the job defines no shards',
    );
  return limit;
}
