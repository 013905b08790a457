import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Severity } from './severity.ts';
import type { CheckVerdict, Verdict } from './verdict.ts';

/** A verdict on a job or a check, as it stands in the store. */
export interface VerdictRecord {
  /** The name of a job, or `check:` and the name of a check. */
  readonly job: string;
  readonly verdict: Verdict | CheckVerdict;
  /** When it changed to this, by whoever noticed first. */
  readonly since: Instant;
  /** When people were last told of it; `null` when they were not, since there was nothing to tell. */
  readonly alertedAt: Instant | null;
  /** The gravest alert of the trouble that goes on, under whatever verdicts it has had; `null` while there is none. */
  readonly alertedSeverity: Severity | null;
}

/** A verdict that takes the place of another. */
export interface VerdictChange {
  /** What was read before; `null` where there was none. */
  readonly before: VerdictRecord | null;
  readonly after: VerdictRecord;
}

/**
 * How jobs and checks were judged last, for all instances alike: only what differs from it is news.
 * `verdictLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface VerdictLog {
  /**
   * Records verdicts, inside the caller's transaction, where what was read before still stands: of several instances
   * that notice the same change, one records it. Returns the subjects for which that was the caller.
   */
  record(tx: Transaction, changes: readonly VerdictChange[]): Promise<readonly string[]>;

  /** The verdicts on record about jobs and checks, by {@link VerdictRecord.job}. What was never judged has none. */
  list(subjects: readonly string[], tx?: Transaction): Promise<readonly VerdictRecord[]>;
}
