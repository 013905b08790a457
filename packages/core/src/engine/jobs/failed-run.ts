import { backoffMs } from './backoff.ts';
import type { JobDefinition } from './job-definition.ts';
import type { RunLedger } from './run-ledger.ts';
import type { Instant } from '../time/instant.ts';
import type { StoreTime } from '../time/store-time.ts';

/** A failed run to be repeated. */
export interface FailedRun {
  readonly tick: Instant;
  /** The remaining delay; 0 or less means at once. Milliseconds. */
  readonly dueInMs: number;
}

/**
 * Returns the newest run of a job if it failed and the job's retry policy allows another attempt. The ledger counts the
 * attempts, so that all instances together follow the policy. Older runs are not repeated, because later ticks have
 * been run or skipped since then.
 */
export async function failedRun(
  { name, retryRun }: Pick<JobDefinition, 'name' | 'retryRun'>,
  { ledger, storeTime }: { readonly ledger: RunLedger; readonly storeTime: StoreTime },
): Promise<FailedRun | null> {
  if (!retryRun) return null;
  const [newest] = await ledger.runs(name, { limit: 1 });
  if (newest?.status !== 'failed' || newest.finishedAt === null) return null;
  if (newest.fence >= retryRun.maxAttempts) return null;
  // The first instance to claim it runs it; the instances need no jitter.
  const pauseMs = backoffMs(retryRun, newest.fence + 1, 0);
  return { tick: newest.tick, dueInMs: newest.finishedAt + pauseMs - (await storeTime.now()) };
}
