import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Severity } from './severity.ts';
import type { CheckVerdict, Verdict } from './verdict.ts';

/** The recorded verdict on a job or a check. */
export interface VerdictRecord {
  /** The name of a job, or `check:` and the name of a check. */
  readonly job: string;
  readonly verdict: Verdict | CheckVerdict;
  /** When the verdict changed to this one, as first noticed by any instance. */
  readonly since: Instant;
  /** When the last alert about it was raised; `null` if none was. */
  readonly alertedAt: Instant | null;
  /** The highest severity alerted in the current incident, across all of its verdicts; `null` if there is none. */
  readonly alertedSeverity: Severity | null;
}

/** A verdict that replaces another one. */
export interface VerdictChange {
  /** The verdict that was read before; `null` if there was none. */
  readonly before: VerdictRecord | null;
  readonly after: VerdictRecord;
}

/**
 * The latest verdicts on jobs and checks, shared by all instances: an alert is raised only for a change.
 * `verdictLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface VerdictLog {
  /**
   * Records verdicts inside the caller's transaction, if the verdict read before is still the recorded one: of several
   * instances that notice the same change, only one records it. Returns the subjects that this caller recorded.
   */
  record(tx: Transaction, changes: readonly VerdictChange[]): Promise<readonly string[]>;

  /**
   * Returns the recorded verdicts on jobs and checks, by {@link VerdictRecord.job}. Subjects that were never judged
   * are missing.
   */
  list(subjects: readonly string[], tx?: Transaction): Promise<readonly VerdictRecord[]>;
}
