import { hasCode } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import { redactValue } from '../secrets/redact-value.ts';
import { redactSecrets } from '../secrets/redact-secrets.ts';
import { SECOND_MS, type Instant } from '../time/instant.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import type { Severity } from './severity.ts';
import type { CheckVerdict } from './verdict.ts';

/** A problem that a check found. */
export interface CheckFinding {
  readonly severity: Extract<Severity, 'warning' | 'critical'>;
  /** One sentence without the name of the check and without secrets: `1,203 events wait, the oldest for 12 min`. */
  readonly text: string;
  /** When the problem began, as far as known. */
  readonly since: Instant;
}

/** The result of a check. */
export interface CheckResult<Facts extends object = object> {
  /** The values that the check measured, healthy or not: small and without secrets. They are shown as JSON. */
  readonly facts: Facts;
  /** `null` if healthy. */
  readonly finding: CheckFinding | null;
}

/**
 * A health check of something other than a job, such as the outbox or a leaderboard. Modules and hosts may contribute
 * their own.
 *
 * Every instance runs it about once a minute. So it must change nothing, and while healthy it should read few rows by
 * an index. It must use only shared state: whichever instance runs it, the result is the same.
 */
export interface HealthCheck<Facts extends object = object> {
  /** Lower-case words joined by hyphens; unique among the jobs and checks of the host. */
  readonly name: string;
  /**
   * Runs the check.
   *
   * @param now the current time by the store's clock
   * @throws any error: a check that throws, or takes longer than 10 s, is unhealthy with severity `warning`. {@link
   *   StoreUnavailableError} means only that the health is unknown now.
   */
  judge(now: Instant): Promise<CheckResult<Facts>>;
}

/** The health of what a check examines. */
export interface CheckHealth<Facts extends object = object> {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** `null` if healthy, as are the next two fields. */
  readonly severity: CheckFinding['severity'] | null;
  readonly text: string | null;
  readonly since: Instant | null;
  /** `null` if the check failed. */
  readonly facts: Facts | null;
}

/** The timeout of a check. */
const CHECK_TIMEOUT_MS = 10 * SECOND_MS;

/**
 * Runs a check, which may be code of the host.
 *
 * @throws {StoreUnavailableError} if the check throws it
 */
export async function judgeCheck<Facts extends object>(
  check: HealthCheck<Facts>,
  now: Instant,
  clock: Clock,
): Promise<CheckHealth<Facts>> {
  const about = { check: check.name };
  try {
    const { facts, finding } = assertResult(
      await withTimeout(clock, CHECK_TIMEOUT_MS, () => check.judge(now)),
    );
    if (finding === null)
      return { ...about, verdict: 'healthy', severity: null, text: null, since: null, facts: shown(facts) };
    const { severity, text, since } = finding;
    return {
      ...about,
      verdict: 'unhealthy',
      severity,
      text: redactSecrets(text),
      since,
      facts: shown(facts),
    };
  } catch (error) {
    if (hasCode(error, 'STORE_UNAVAILABLE')) throw error;
    const text = `the check failed: ${errorText(error)}`;
    return { ...about, verdict: 'unhealthy', severity: 'warning', text, since: now, facts: null };
  }
}

/** Returns the facts as they are shown and stored. */
function shown<Facts extends object>(facts: Facts): Facts {
  return redactValue(facts) as Facts;
}

/** Without this, a mistake in a check written without types would fail later, in an error without the check's name. */
function assertResult<Facts extends object>(result: CheckResult<Facts>): CheckResult<Facts> {
  const { facts, finding } = (result ?? {}) as Partial<CheckResult<Facts>>;
  const isObject = typeof facts === 'object' && facts !== null;
  const isFinding =
    finding === null ||
    (typeof finding === 'object' &&
      ['warning', 'critical'].includes(finding.severity) &&
      typeof finding.text === 'string' &&
      Number.isSafeInteger(finding.since));
  if (isObject && isFinding) return result;
  throw new TypeError(
    'it must return { facts: {…}, finding: null } or a finding { severity: "warning" | "critical", text, since }',
  );
}
