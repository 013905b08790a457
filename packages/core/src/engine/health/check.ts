import { hasCode } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import { redactValue } from '../secrets/redact-value.ts';
import { redactSecrets } from '../secrets/redact-secrets.ts';
import { SECOND_MS, type Instant } from '../time/instant.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import type { Severity } from './severity.ts';
import type { CheckVerdict } from './verdict.ts';

/** What is wrong, in words for people. */
export interface CheckFinding {
  readonly severity: Extract<Severity, 'warning' | 'critical'>;
  /** One sentence without the name of the check and without secrets: `1,203 events wait, the oldest for 12 min`. */
  readonly text: string;
  /** Since when it has been so, as far as that is known. */
  readonly since: Instant;
}

/** What a check found out. */
export interface CheckResult<Facts extends object = object> {
  /** What it judged by, healthy or not: small, and without secrets. It is shown as JSON. */
  readonly facts: Facts;
  /** `null` when all is well. */
  readonly finding: CheckFinding | null;
}

/**
 * Something that is judged beside the jobs, such as an outbox or a leaderboard. Modules and hosts may contribute their
 * own.
 *
 * Every instance judges it about once a minute, so it reads few rows by an index while all is well and changes nothing.
 * It judges from what all instances share: whichever instance asks, the result is the same.
 */
export interface HealthCheck<Facts extends object = object> {
  /** Lower-case words joined by hyphens. No job and no other check of the host has it. */
  readonly name: string;
  /**
   * Judges now.
   *
   * @param now the present by the store's clock
   * @throws whatever it likes: a check that throws, or takes longer than 10 s, is unhealthy with severity `warning`.
   *   {@link StoreUnavailableError} only means that it cannot be known now.
   */
  judge(now: Instant): Promise<CheckResult<Facts>>;
}

/** How what a check looks at is doing. */
export interface CheckHealth<Facts extends object = object> {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** `null` in this and the next two when it is healthy. */
  readonly severity: CheckFinding['severity'] | null;
  readonly text: string | null;
  readonly since: Instant | null;
  /** As the check returned them, also in the health of a host: instants are not converted. `null` when it could not judge. */
  readonly facts: Facts | null;
}

/** How long a check may take. */
const CHECK_TIMEOUT_MS = 10 * SECOND_MS;

/**
 * Judges by a check, which may be anybody's code.
 *
 * @throws {StoreUnavailableError} when the check does
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
    const text = `it cannot be judged: ${errorText(error)}`;
    return { ...about, verdict: 'unhealthy', severity: 'warning', text, since: now, facts: null };
  }
}

/** Facts as they are told and stored. */
function shown<Facts extends object>(facts: Facts): Facts {
  return redactValue(facts) as Facts;
}

/** What a check written without types may get wrong would fail later, where nobody knows whose it is. */
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
