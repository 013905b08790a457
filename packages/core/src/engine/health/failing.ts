import { RECENT_RUNS, type RecentRun } from '../jobs/run.ts';
import { fraction, wholeNumber } from '../common/options.ts';

/** When the runs of a job that fail make the job `failing`: a row of failures, or too many of the newest runs. */
export interface FailingRule {
  /** How many of the newest runs must have failed, one after the other. Default 1. */
  readonly consecutiveFailures: number;
  /**
   * The share of the newest {@link sampleSize} runs, from 0 to 1, that must have failed. It keeps a job that fails every other
   * time from being called healthy in between. Default 0.5.
   */
  readonly failureRate: number;
  /** How many of the newest runs the share is taken of, at most 20. Runs that never were count as good. Default 10. */
  readonly sampleSize: number;
}

const defaults: FailingRule = { consecutiveFailures: 1, failureRate: 0.5, sampleSize: 10 };

/**
 * A job's rule with defaults filled in.
 *
 * @throws {InvalidOptionError} naming the option, with the job's name in front
 */
export function failingRule(job: string, options: Partial<FailingRule> = {}): FailingRule {
  const rule = { ...defaults, ...options };
  const runs = { min: 1, max: RECENT_RUNS };
  return {
    consecutiveFailures: wholeNumber(`${job}.failing.streak`, rule.consecutiveFailures, runs),
    failureRate: fraction(`${job}.failing.share`, rule.failureRate),
    sampleSize: wholeNumber(`${job}.failing.of`, rule.sampleSize, runs),
  };
}

/** Whether a job fails by its rule. The newest run that ended comes first; no more than its statuses matter. */
export function isFailing(
  recent: readonly Pick<RecentRun, 'status'>[],
  { consecutiveFailures, failureRate, sampleSize }: FailingRule,
): boolean {
  const inARow = recent.slice(0, consecutiveFailures);
  if (inARow.length === consecutiveFailures && failures(inARow) === consecutiveFailures) return true;
  const failed = failures(recent.slice(0, sampleSize));
  return failed > 0 && failed / sampleSize >= failureRate;
}

/** How many of some runs have failed. */
export function failures(runs: readonly Pick<RecentRun, 'status'>[]): number {
  return runs.filter(({ status }) => status === 'failed').length;
}
