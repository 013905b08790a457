import type { RetryPolicy } from './job-definition.ts';

/**
 * Returns the delay before attempt number `attempt` (2 is the first retry), in milliseconds: doubled for each attempt
 * up to the maximum, then shortened by up to half, so that instances that failed together do not retry together.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(
  policy: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>,
  attempt: number,
  random: number,
): number {
  const full = Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** Math.min(attempt - 2, 40));
  return Math.round(full * (1 - random / 2));
}
