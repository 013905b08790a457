import { RECENT_RUNS, type RecentRun } from '../jobs/job-ledger.ts';
import { share, wholeNumber } from '../common/options.ts';

/** When the runs of a job that fail make the job `failing`: a row of failures, or too many of the newest runs. */
export interface FailingRule {
  /** How many of the newest runs must have failed, one after the other. Default 1. */
  readonly streak: number;
  /**
   * The share of the newest {@link of} runs, from 0 to 1, that must have failed. It keeps a job that fails every other
   * time from being called healthy in between. Default 0.5.
   */
  readonly share: number;
  /** How many of the newest runs the share is taken of, at most 20. Runs that never were count as good. Default 10. */
  readonly of: number;
}

const defaults: FailingRule = { streak: 1, share: 0.5, of: 10 };

/**
 * A job's rule with defaults filled in.
 *
 * @throws {InvalidOptionError} naming the option, with the job's name in front
 */
export function failingRule(job: string, options: Partial<FailingRule> = {}): FailingRule {
  const rule = { ...defaults, ...options };
  const runs = { min: 1, max: RECENT_RUNS };
  return {
    streak: wholeNumber(`${job}.failing.streak`, rule.streak, runs),
    share: share(`${job}.failing.share`, rule.share),
    of: wholeNumber(`${job}.failing.of`, rule.of, runs),
  };
}

/** Whether a job fails by its rule. The newest run that ended comes first; no more than its statuses matter. */
export function isFailing(
  recent: readonly Pick<RecentRun, 'status'>[],
  { streak, share, of }: FailingRule,
): boolean {
  const inARow = recent.slice(0, streak);
  if (inARow.length === streak && failures(inARow) === streak) return true;
  const failed = failures(recent.slice(0, of));
  return failed > 0 && failed / of >= share;
}

/** How many of some runs have failed. */
export function failures(runs: readonly Pick<RecentRun, 'status'>[]): number {
  return runs.filter(({ status }) => status === 'failed').length;
}
