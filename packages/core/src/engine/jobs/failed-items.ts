import { GamekeeperError, InvalidOptionError } from '../common/errors.ts';
import { storableText } from '../common/options.ts';
import { errorText } from '../secrets/error-text.ts';
import { instant, type Instant, type InstantLike } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { PruneRequest, Prunable } from './prunable.ts';

/** An item that failed alone, while the rest of its run succeeded. */
export interface FailedItem {
  readonly job: string;
  readonly tick: Instant;
  /** The item's id, as the job defines it: a player, a session. */
  readonly item: string;
  /** The error's message. */
  readonly error: string;
  /** When it last failed, by the store's clock. */
  readonly failedAt: Instant;
}

/** The position after which a page of failed items begins. */
export type FailedItemCursor = Pick<FailedItem, 'tick' | 'item'>;

/**
 * Returns a cursor that was given by a caller, with its instant parsed.
 *
 * @throws {InvalidOptionError} naming `after`
 */
export function failedItemCursor(after: {
  readonly tick: InstantLike;
  readonly item: string;
}): FailedItemCursor {
  const expected = 'must be the last item of the previous page: { tick, item }';
  if (typeof after !== 'object' || after === null) throw new InvalidOptionError('after', after, expected);
  const item = storableText('after.item', after.item, expected);
  try {
    return { tick: instant(after.tick), item };
  } catch (cause) {
    throw new InvalidOptionError('after.tick', after.tick, expected, { cause });
  }
}

/**
 * Stores the items that failed alone: one row per job, tick and item, in the store of the repositories.
 * `failedItemsContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface FailedItems extends Prunable {
  /**
   * Records a failure inside the caller's transaction, replacing an earlier one of the same item. The caller checks
   * its claim in the same transaction.
   */
  record(tx: Transaction, failure: Omit<FailedItem, 'failedAt'>): Promise<void>;

  /**
   * Returns up to `limit` failed items of a job, or of one of its ticks: newest tick first, items of a tick in
   * bytewise order.
   */
  list(
    of: { readonly job: string; readonly tick?: Instant },
    page: { readonly after?: FailedItemCursor; readonly limit: number },
  ): Promise<readonly FailedItem[]>;

  /** Removes the given items of a tick. Items that are not recorded are ignored. */
  remove(
    tx: Transaction,
    of: { readonly job: string; readonly tick: Instant; readonly items: readonly string[] },
  ): Promise<void>;

  /** Removes up to `limit` items that failed before an instant, of any job. Returns how many. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}

/** More items of a run failed than its job allows. The rest of the run was done, or was given up for that reason. */
export class TooManyFailedItemsError extends GamekeeperError<'TOO_MANY_FAILED_ITEMS'> {
  constructor(
    counts: { readonly failed: number; readonly processed: number; readonly share: number },
    lastError: string | null,
  ) {
    const { failed, processed, share } = counts;
    const last = lastError === null ? '' : ` (the last one: ${lastError})`;
    super(
      'TOO_MANY_FAILED_ITEMS',
      `${failed} items failed and ${processed} succeeded, more than maxFailureRate ${share} allows${last}; fix the cause, then call host.retryFailedItems for this tick.`,
    );
  }
}

/** Failed items were requested of a job that does not define `items`. */
export class JobWithoutItemsError extends GamekeeperError<'JOB_WITHOUT_ITEMS'> {
  constructor(job: string) {
    super(
      'JOB_WITHOUT_ITEMS',
      `The job ${job} does not define its items, so none can be retried alone; set \`items\` in defineJob, or run the tick again with runNow.`,
    );
  }
}

const MOST_ERROR_CHARACTERS = 1_000;

/** Returns the error text of an item for storage: {@link errorText}, limited to fewer characters. */
export function failureText(error: unknown): string {
  return errorText(error, MOST_ERROR_CHARACTERS);
}

/** Returns all failed items of a tick. */
export async function failedItemsOf(
  failedItems: FailedItems,
  of: { readonly job: string; readonly tick: Instant },
): Promise<readonly FailedItem[]> {
  const limit = 10_000;
  const all: FailedItem[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await failedItems.list(of, { limit, ...(last && { after: last }) });
    all.push(...page);
    if (page.length < limit) return all;
  }
}
