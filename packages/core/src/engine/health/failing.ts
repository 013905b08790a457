import { RECENT_RUNS, type RecentRun } from '../jobs/run.ts';
import { fraction, wholeNumber } from '../common/options.ts';

/** When failed runs make a job `failing`: several failures in a row, or too many among the newest runs. */
export interface FailingRule {
  /** How many of the newest runs must have failed in a row. Default 1. */
  readonly consecutiveFailures: number;
  /**
   * The share of the newest {@link sampleSize} runs, from 0 to 1, that must have failed. Without this limit, a job that
   * fails every second time would be reported as healthy in between. Default 0.5.
   */
  readonly failureRate: number;
  /**
   * How many of the newest runs the rate is computed from, at most 20. Missing runs count as successful. Default 10.
   */
  readonly sampleSize: number;
}

const defaults: FailingRule = { consecutiveFailures: 1, failureRate: 0.5, sampleSize: 10 };

/**
 * Returns a job's rule with defaults filled in.
 *
 * @throws {InvalidOptionError} naming the option, prefixed with the job's name
 */
export function failingRule(job: string, options: Partial<FailingRule> = {}): FailingRule {
  const rule = { ...defaults, ...options };
  const runs = { min: 1, max: RECENT_RUNS };
  return {
    consecutiveFailures: wholeNumber(`${job}.failing.consecutiveFailures`, rule.consecutiveFailures, runs),
    failureRate: fraction(`${job}.failing.failureRate`, rule.failureRate),
    sampleSize: wholeNumber(`${job}.failing.sampleSize`, rule.sampleSize, runs),
  };
}

/**
 * Returns whether a job is failing by its rule.
 *
 * @param recent runs that ended, newest first; only their statuses are used
 */
export function isFailing(
  recent: readonly Pick<RecentRun, 'status'>[],
  { consecutiveFailures, failureRate, sampleSize }: FailingRule,
): boolean {
  const inARow = recent.slice(0, consecutiveFailures);
  if (inARow.length === consecutiveFailures && failures(inARow) === consecutiveFailures) return true;
  const failed = failures(recent.slice(0, sampleSize));
  return failed > 0 && failed / sampleSize >= failureRate;
}

/** Returns how many of these runs failed. */
export function failures(runs: readonly Pick<RecentRun, 'status'>[]): number {
  return runs.filter(({ status }) => status === 'failed').length;
}
