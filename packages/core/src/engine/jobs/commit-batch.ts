import type { BatchProgress } from './batch-progress.ts';
import { hasCode, show } from '../common/errors.ts';
import { isStorableJson, type Json } from '../common/json.ts';
import { isTouched, type Transaction } from '../transactions/transactions.ts';
import { failedCount, type Attempt } from './attempt.ts';
import type { AttemptPorts } from './attempt-ports.ts';
import { nextBatchSize } from './batch-size.ts';
import { failureText } from './failed-items.ts';
import type { Batch, JobDefinition } from './job-definition.ts';
import { COMPLETED_CHECKPOINT, FINISHING_CHECKPOINT, type Progress } from './run-ledger.ts';
import type { CommittedBatch } from './run-observer.ts';
import { nextOfDivided } from './shard-ledger.ts';

/**
 * Runs and commits the next batch of an attempt, and returns what it did.
 *
 * The last batch ends the run in the same transaction, unless more of its items failed than its job allows: the run
 * then stays at its checkpoint, to be ended as failed. Shards, and runs of a job with `finish`, are ended later.
 */
export async function commitBatch(ports: AttemptPorts, attempt: Attempt): Promise<CommittedBatch> {
  const { observer, leaseMs, ledger } = ports;
  const { job, claim, position } = attempt;
  const { limit, skip } = position;
  const batch = await inTransaction(ports, attempt, { limit, only: null, skip }, (result) => {
    const counts = countsOf(attempt, result.processed, skip);
    const isOver = result.next === null && !hasTooManyFailed(job, counts.processed, failedCount(position));
    const ends = isOver && ledger.succeed !== undefined && !job.finish;
    const checkpoint = isOver ? endOf(attempt) : (result.next ?? position.checkpoint);
    const progress = { ...counts, checkpoint };
    const record = (tx: Transaction | null): Promise<void> =>
      ends ? ledger.succeed!(tx, claim, progress) : ledger.advance(tx, claim, progress, leaseMs);
    return { progress, record, ends };
  });
  const { processed, next, durationMs } = batch;
  attempt.position = {
    ...position,
    ...batch.progress,
    batches: position.batches + 1,
    limit: nextBatchSize(limit, durationMs, job),
    complete: next === null,
    ended: batch.ends,
  };
  observer.batchCommitted(claim, { processed, durationMs });
  return { processed, durationMs };
}

/**
 * Runs and commits the given items, without moving the checkpoint. Items that failed before are no longer recorded as
 * failed.
 */
export async function commitItems(
  ports: AttemptPorts,
  attempt: Attempt,
  items: readonly string[],
): Promise<void> {
  const { observer, leaseMs, ledger, failedItems } = ports;
  const { job, claim, position } = attempt;
  const done = new Set(items);
  const skip = position.skip.filter((item) => !done.has(item));
  const which = { limit: items.length, only: items, skip: [] };
  const batch = await inTransaction(ports, attempt, which, (result, tx) => {
    const progress = {
      ...countsOf(attempt, result.processed, skip),
      checkpoint: position.checkpoint,
    };
    const record = (recordedIn: Transaction | null): Promise<void> =>
      ledger.advance(recordedIn, claim, progress, leaseMs);
    const forget = (): Promise<void> => failedItems.remove(tx, { job: job.name, tick: claim.tick, items });
    return { progress, record, ...(skip.length < position.skip.length && { before: forget }) };
  });
  const { processed, durationMs } = batch;
  attempt.position = { ...position, ...batch.progress, skip, batches: position.batches + 1 };
  observer.batchCommitted(claim, { processed, durationMs });
}

/** Records an item that failed alone; the rest of the run skips it. */
export async function recordFailure(
  ports: AttemptPorts,
  attempt: Attempt,
  item: string,
  error: unknown,
): Promise<void> {
  const { transactions, failedItems, ledger, leaseMs, observer } = ports;
  const { job, claim, position } = attempt;
  const skip = position.skip.includes(item) ? position.skip : [...position.skip, item];
  const text = failureText(error);
  const progress = { ...countsOf(attempt, 0, skip), checkpoint: position.checkpoint };
  const work = (): Promise<void> =>
    transactions.run(async (tx) => {
      await failedItems.record(tx, { job: job.name, tick: claim.tick, item, error: text });
      await ledger.advance(tx, claim, progress, leaseMs);
    });
  await attempt.waitFor(retryWhileRunLocked(ports, attempt, work));
  attempt.position = { ...position, ...progress, skip, lastFailure: text };
  observer.itemFailed(claim, { item, error });
}

/** Returns whether so many items have failed that the run counts as failed. */
export function hasTooManyFailed(job: JobDefinition, processed: number, failed: number): boolean {
  return failed > job.maxFailureRate * (failed + processed);
}

interface Recording {
  readonly progress: Progress & Required<Pick<Progress, 'processed'>>;
  /** Records the outcome in the ledger, with the fence, inside the transaction that holds the changes. */
  readonly record: (tx: Transaction | null) => Promise<void>;
  /** Additional work inside the transaction. */
  readonly before?: () => Promise<void>;
  /** Whether that ends the run. */
  readonly ends?: boolean;
}

interface RecordedBatch extends CommittedBatch, BatchProgress {
  readonly progress: Recording['progress'];
  readonly ends: boolean;
}

/** Runs the job's batch once and records its outcome in the ledger, in one transaction. */
async function inTransaction(
  ports: AttemptPorts,
  attempt: Attempt,
  which: Pick<Batch, 'limit' | 'only' | 'skip'>,
  recording: (result: BatchProgress, tx: Transaction) => Recording,
): Promise<RecordedBatch> {
  const { transactions, clock, observer } = ports;
  const { job, claim, signal, position } = attempt;
  const checkpoint = isOfEngine(position.checkpoint) ? null : position.checkpoint;
  const shard = claim.shard?.part ?? null;
  const work = async () => {
    const done = await transactions.run(async (tx) => {
      const about = { tx, job: job.name, asOf: claim.tick, checkpoint, shard, signal, dryRun: false };
      const result = await job.batch({ ...which, ...about });
      assertResult(job, result);
      const { progress, record, before, ends = false } = recording(result, tx);
      await before?.();
      // Last, so that the row of the run is locked as briefly as possible. A lost lease rolls back the whole batch.
      const used = isTouched(tx);
      if (used) await record(tx);
      return { result, progress, record, ends, untouched: !used };
    });
    if (done.untouched) await done.record(null);
    return done;
  };
  return observer.aroundBatch(claim, async () => {
    const startedAt = clock.now();
    const { result, progress, ends } = await attempt.waitFor(retryWhileRunLocked(ports, attempt, work));
    const { processed, next } = result;
    return { processed, next, progress, ends, durationMs: clock.now() - startedAt };
  });
}

/** Repeats a batch that could not be recorded, once the run's row is unlocked; holds no locks meanwhile. */
export async function retryWhileRunLocked<Result>(
  { ledger, leaseMs }: Pick<AttemptPorts, 'ledger' | 'leaseMs'>,
  { claim, signal }: Attempt,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'RUN_LOCKED')) throw error;
      signal.throwIfAborted();
      // Waits for the row. The batch itself finds out whether the claim still holds.
      await ledger.renew(claim, leaseMs);
    }
  }
}

function countsOf(
  { job, position }: Attempt,
  processed: number,
  skip: readonly string[],
): Required<Pick<Progress, 'processed'>> & Pick<Progress, 'failedItems'> {
  const failedItems = failedCount({ ...position, skip });
  return { processed: position.processed + processed, ...(job.items && { failedItems }) };
}

/** Returns the checkpoint of a run or shard without items left. */
function endOf({ job, claim }: Attempt): Json {
  if (claim.shard) return COMPLETED_CHECKPOINT;
  return job.finish ? FINISHING_CHECKPOINT : null;
}

/** Whether a checkpoint is the engine's own, which jobs do not see. */
function isOfEngine(checkpoint: Json): boolean {
  const isMark = checkpoint === COMPLETED_CHECKPOINT || checkpoint === FINISHING_CHECKPOINT;
  return isMark || nextOfDivided(checkpoint) !== undefined;
}

function assertResult(job: JobDefinition, result: BatchProgress): void {
  const isCounted = Number.isInteger(result?.processed) && result.processed >= 0;
  if (isCounted && isStorableJson(result.next)) return;
  throw new TypeError(
    isCounted && result.next !== undefined
      ? `A batch of ${job.name} must return a checkpoint that survives a round trip through JSON; got next: ${show(result.next)}.`
      : `A batch of ${job.name} must return { processed: a whole number, next: a checkpoint or null }; got ${show(result)}.`,
  );
}
