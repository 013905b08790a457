import { backoffMs } from './backoff.ts';
import type { JobDefinition } from './job-definition.ts';
import type { RunLedger } from './run-ledger.ts';
import type { Instant } from '../time/instant.ts';
import type { StoreTime } from '../time/store-time.ts';

/** A failed run that is to be done again. */
export interface FailedRun {
  readonly tick: Instant;
  /** Not before that: 0 or less for at once. Milliseconds. */
  readonly dueInMs: number;
}

/**
 * The newest run of a job, when it has failed and its job's policy has tries left for it. How many there were is what
 * the ledger says, so that all instances together keep to the policy. Older runs are left alone: ticks after them have
 * been decided.
 */
export async function failedRun(
  { name, retryRun }: Pick<JobDefinition, 'name' | 'retryRun'>,
  { ledger, storeTime }: { readonly ledger: RunLedger; readonly storeTime: StoreTime },
): Promise<FailedRun | null> {
  if (!retryRun) return null;
  const [newest] = await ledger.runs(name, { limit: 1 });
  if (newest?.status !== 'failed' || newest.finishedAt === null) return null;
  if (newest.fence >= retryRun.maxAttempts) return null;
  // Whoever comes first has it: there is no need to spread the instances.
  const pauseMs = backoffMs(retryRun, newest.fence + 1, 0);
  return { tick: newest.tick, dueInMs: newest.finishedAt + pauseMs - (await storeTime.now()) };
}
