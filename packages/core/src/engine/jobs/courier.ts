import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** What a courier carries: a run that is due, or one shard of a divided run. Plain data, so it can be sent as JSON. */
export interface CourierItem {
  /**
   * The same for the same run or shard, whoever sends it. Letters, digits, hyphens and underscores; at most 150
   * characters, and never a number alone.
   */
  readonly key: string;
  readonly job: string;
  readonly tick: Instant;
  /** Which shard of the run; `null`: the run itself. */
  readonly shard: { readonly index: number; readonly count: number } | null;
  /** The earliest time at which the item is of use. Earlier deliveries are harmless: the ledger refuses them. */
  readonly notBefore: Instant;
}

/** What a courier can do. */
export interface CourierAbilities {
  /**
   * Items reach other processes. If not, the engine works as one process does: a tick wakes its own workers, shards are
   * not sent, and no bell rings.
   */
  readonly shared: boolean;
  /** `send` takes part in the transaction that it is given. */
  readonly joinsTransaction: boolean;
  /** Items are held back until their `notBefore`. If not, they may be delivered at once. */
  readonly delays: boolean;
  /** Items outlive the processes that sent them. */
  readonly persistent: boolean;
  /** An item whose handler threw, or whose process died, is delivered again. If not, it is lost. */
  readonly redelivers: boolean;
}

/** A job whose items a host handles. */
export interface ConsumedJob {
  readonly job: string;
  /** How many items of this job the host handles at once, if the courier is shared. */
  readonly concurrency: number;
}

/** A subscription to items, which can be ended. */
export interface Consumption {
  /**
   * Takes no more items, and waits for those in progress. Returns whether they had ended within `deadlineMs`; items
   * that had not are delivered again where the courier redelivers, and the handler goes on without the courier.
   */
  stop(deadlineMs: number): Promise<boolean>;
}

/**
 * Carries runs and shards to the hosts that work on them.
 *
 * It may lose, double, delay and reorder items: the ledger decides what each one is worth, and the engine's bell sends
 * again what is due and not done. So an adapter needs no guarantees of its own; it should be quick, and it must never
 * take the host down. `courierContract` in `@gamekeeper/testkit` is this contract as test cases.
 *
 * It must not find ticks itself: they come from Gamekeeper's schedules.
 */
export interface Courier {
  readonly supports: CourierAbilities;
  /**
   * Sends items. An item whose key is already waiting may be merged with it.
   *
   * @param tx given only if the courier `joinsTransaction`: the items are sent when it commits
   * @throws any error if items could not be sent: the bell sends them again
   */
  send(items: readonly CourierItem[], tx?: Transaction): Promise<void>;
  /**
   * Calls `handle` for items of these jobs, until stopped. Items of other jobs are left to other hosts. An item is done
   * when `handle` resolves; if it rejects, the item is given back, or lost.
   *
   * @throws any error if items cannot be received yet: the engine tries again
   */
  consume(jobs: readonly ConsumedJob[], handle: (item: CourierItem) => Promise<void>): Promise<Consumption>;
  /** Returns how many items of these jobs wait to be handled. If omitted, the courier cannot count them. */
  waiting?(jobs: readonly string[]): Promise<number>;
}

/** Returns the item of a run, or of one of its shards. */
export function courierItem({
  job,
  tick,
  shard = null,
  notBefore = tick,
}: Pick<CourierItem, 'job' | 'tick'> & Partial<Pick<CourierItem, 'shard' | 'notBefore'>>): CourierItem {
  const part = shard === null ? '' : `_${shard.index}of${shard.count}`;
  return { key: `${job}_${tick}${part}`, job, tick, shard, notBefore };
}

/**
 * Returns the item in the data of a message, or `null` if it is none: other programs may write to the same queue.
 *
 * @example
 * const item = readCourierItem(JSON.parse(message));
 */
export function readCourierItem(data: unknown): CourierItem | null {
  if (typeof data !== 'object' || data === null) return null;
  const { job, tick, shard = null, notBefore } = data as Record<string, unknown>;
  if (typeof job !== 'string' || !isWhole(tick) || !isWhole(notBefore) || !isShard(shard)) return null;
  return courierItem({ job, tick: tick as Instant, shard, notBefore: notBefore as Instant });
}

function isShard(value: unknown): value is CourierItem['shard'] {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { index, count } = value as Record<string, unknown>;
  return isWhole(index) && isWhole(count) && index >= 0 && index < count;
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
