import type { AbortSignalLike } from '../time/abort.ts';
import { isTouched } from '../transactions/transactions.ts';
import type { AttemptPorts } from './attempt-ports.ts';
import type { EnginePorts } from './engine-ports.ts';
import { failedCount, type Attempt } from './attempt.ts';
import { retryWhileRunLocked } from './commit-batch.ts';
import { retryWithDelays } from './run-batches.ts';

/**
 * Runs the job's `finish` and ends the run as succeeded, in one transaction; nothing if the engine stops first. Without
 * a `finish`, it only ends the run.
 */
export async function finishRun(
  ports: AttemptPorts & Pick<EnginePorts, 'ledger'>,
  attempt: Attempt,
  stopping: AbortSignalLike,
): Promise<void> {
  const { ledger, transactions } = ports;
  const { job, claim, signal, position } = attempt;
  const counts = { processed: position.processed, failedItems: failedCount(position) };
  const about = { job: job.name, asOf: claim.tick, signal, dryRun: false };
  const end = async (): Promise<void> => {
    const used = await transactions.run(async (tx) => {
      await job.finish?.({ ...about, ...counts, tx });
      const touched = isTouched(tx);
      if (touched) await ledger.succeed(tx, claim, { ...counts, checkpoint: null });
      return touched;
    });
    if (!used) await ledger.succeed(null, claim, { ...counts, checkpoint: null });
  };
  await retryWithDelays(ports, attempt, stopping, {
    work: async () => {
      await attempt.waitFor(retryWhileRunLocked(ports, attempt, end));
      attempt.position = { ...attempt.position, ended: true };
    },
    splits: false,
    onFailure: async (error) => {
      throw error;
    },
  });
}
