import { hasCode, show } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { failedCount, type Attempt } from './attempt.ts';
import type { AttemptPorts } from './attempt-ports.ts';
import { firstBatchSize } from './batch-size.ts';
import { commitItems, hasTooManyFailed, recordFailure } from './commit-batch.ts';
import { TooManyFailedItemsError } from './failed-items.ts';
import { endsAttempt, withRetries } from './with-retries.ts';

/** Once this many items have failed, a run is given up if the rate exceeds `maxFailureRate`. */
const ENOUGH_TO_JUDGE = 500;
/** How many batches may fail although isolation finds no failing item. */
const MAX_FAILED_ISOLATIONS = 20;

/**
 * Isolates the failing items of a batch: runs its items in smaller and smaller parts, each committed separately, until
 * each failing item is in a part of its own and is recorded. The batch can then run without them. Ends early when
 * `stopping` aborts.
 *
 * @throws the batch's error if it does not depend on single items
 * @throws {TooManyFailedItemsError} if too many items fail
 */
export async function isolateItems(
  ports: AttemptPorts,
  attempt: Attempt,
  failure: unknown,
  stopping: AbortSignalLike,
): Promise<void> {
  const { job, claim, position } = attempt;
  if (!job.items) throw failure;
  const { checkpoint, limit, skip } = position;
  const query = { asOf: claim.tick, checkpoint, shard: claim.shard?.part ?? null, limit, skip };
  const named = await withRetries(attempt, () => attempt.waitFor(job.items!(query)));
  assertItems(job.name, named, failure);
  const left = new Set(skip);
  const items = [...new Set(named)].filter((item) => !left.has(item));
  // The whole batch has just failed.
  await doInParts(ports, attempt, halves(items), stopping, { giveUp: true });

  const found = attempt.position.skip.length > skip.length;
  // The row that was locked is free or no longer due: the batch can run again.
  const isFree = hasCode(failure, 'ROW_LOCKED');
  const progress = found || isFree || attempt.position.processed > position.processed;
  attempt.failedIsolations = found ? 0 : attempt.failedIsolations + 1;
  if (!stopping.aborted && (!progress || attempt.failedIsolations > MAX_FAILED_ISOLATIONS)) throw failure;
}

function assertItems(job: string, items: unknown, cause: unknown): void {
  if (Array.isArray(items) && items.every((item) => typeof item === 'string')) return;
  throw new TypeError(
    `items of ${job} must return a list of text; got ${show(items)}. They were asked for because a batch failed: ${errorText(cause)}`,
    { cause },
  );
}

/** Runs failed items of a run again, in parts; those that fail alone again stay recorded. */
export async function retryItems(
  ports: AttemptPorts,
  attempt: Attempt,
  items: readonly string[],
  stopping: AbortSignalLike,
): Promise<void> {
  const size = firstBatchSize(attempt.job.maxBatchSize);
  const parts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
  await doInParts(ports, attempt, parts, stopping, { giveUp: false });
}

async function doInParts(
  ports: AttemptPorts,
  attempt: Attempt,
  parts: readonly (readonly string[])[],
  stopping: AbortSignalLike,
  { giveUp }: { readonly giveUp: boolean },
): Promise<void> {
  const waiting = [...parts].reverse().filter((part) => part.length > 0);
  let unknown = waiting.reduce((sum, part) => sum + part.length, 0);
  for (let part = waiting.pop(); part && !stopping.aborted; part = waiting.pop()) {
    attempt.signal.throwIfAborted();
    try {
      const done = (): Promise<void> => commitItems(ports, attempt, part);
      await (part.length > 1 ? done() : withRetries(attempt, done));
      unknown -= part.length;
    } catch (error) {
      if (endsAttempt(error)) throw error;
      if (part.length > 1) {
        waiting.push(...halves(part).toReversed());
        continue;
      }
      await withRetries(attempt, () => recordFailure(ports, attempt, part[0]!, error));
      unknown -= 1;
      if (giveUp) assertWorthIt(attempt, unknown);
    }
  }
}

/** A systematic error must not cost one transaction for each of a million items. */
function assertWorthIt({ job, position }: Attempt, unknown: number): void {
  const { processed, lastFailure } = position;
  const failed = failedCount(position);
  if (failed < ENOUGH_TO_JUDGE || !hasTooManyFailed(job, processed + unknown, failed)) return;
  const counts = { failed, processed, share: job.maxFailureRate };
  throw new TooManyFailedItemsError(counts, lastFailure);
}

function halves(items: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
