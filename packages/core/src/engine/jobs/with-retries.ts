import { hasCode } from '../common/errors.ts';
import type { Attempt } from './attempt.ts';

/** Returns whether an error is unrelated to the items of a batch. */
export function endsAttempt(error: unknown): boolean {
  return ['LEASE_LOST', 'STORE_UNAVAILABLE', 'RUN_TIMEOUT'].some((code) => hasCode(error, code));
}

/**
 * Makes as many attempts as the job's policy allows, without delays, so that a transient error is not taken for a
 * failure of one item or of the run. A locked row is not retried: the batch has already waited for it.
 */
export async function withRetries<Result>({ job }: Attempt, work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (endsAttempt(error) || hasCode(error, 'ROW_LOCKED') || tries >= job.retry.maxAttempts) throw error;
    }
  }
}
