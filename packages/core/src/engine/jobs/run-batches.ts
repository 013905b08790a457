import { hasCode } from '../common/errors.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { sleep } from '../time/clock.ts';
import type { AttemptPorts } from './attempt-ports.ts';
import type { Attempt } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { commitBatch } from './commit-batch.ts';
import { isolateItems } from './isolate-items.ts';
import { pauseBetweenBatches } from './pause-between-batches.ts';
import { endsAttempt } from './with-retries.ts';

/** Runs batches of an attempt until its items are done, or `stopping` requests its release. */
export async function runBatches(
  ports: AttemptPorts,
  attempt: Attempt,
  stopping: AbortSignalLike,
): Promise<void> {
  while (!stopping.aborted && !attempt.position.complete) await tryBatch(ports, attempt, stopping);
}

/**
 * Runs one batch, retried as its policy allows, and finally split. A batch that needs a locked row is split at once,
 * since it has waited already; if it cannot be split, it is retried until the run times out. Ends early when the engine
 * stops.
 */
async function tryBatch(ports: AttemptPorts, attempt: Attempt, stopping: AbortSignalLike): Promise<void> {
  const work = async (): Promise<void> => {
    const batch = await commitBatch(ports, attempt);
    if (!attempt.position.complete) await pauseBetweenBatches(ports, attempt, batch, stopping);
  };
  await retryWithDelays(ports, attempt, stopping, {
    work,
    splits: attempt.job.items !== undefined,
    onFailure: (error) => isolateItems(ports, attempt, error, stopping),
  });
}

/**
 * Repeats work with the delays of the job's policy until it succeeds, the attempt ends, or the engine stops.
 *
 * @param how.splits whether a locked row is handled by `onFailure` at once; otherwise it is waited for
 * @param how.onFailure handles the error of the last attempt
 */
export async function retryWithDelays(
  { clock, observer, random }: AttemptPorts,
  { job, claim, signal }: Attempt,
  stopping: AbortSignalLike,
  {
    work,
    splits,
    onFailure,
  }: {
    readonly work: () => Promise<void>;
    readonly splits: boolean;
    readonly onFailure: (error: unknown) => Promise<void>;
  },
): Promise<void> {
  let failures = 0;
  for (let tries = 1; !stopping.aborted; tries += 1) {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (endsAttempt(error)) throw error;
      const locked = hasCode(error, 'ROW_LOCKED');
      if (!locked) failures += 1;
      if (locked ? splits : failures >= job.retry.maxAttempts) return await onFailure(error);
      const delayMs = backoffMs(job.retry, tries + 1, random());
      observer.batchRetried(claim, { error, attempt: tries, delayMs });
      await sleep(clock, delayMs, stopping, signal);
    }
  }
}
