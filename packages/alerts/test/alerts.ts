import {
  instant,
  iso,
  severities,
  type Alert,
  type AlertKind,
  type JobHealth,
  type Severity,
  type Verdict,
} from '@gamekeeper/core';
import { instants } from '@gamekeeper/testkit';
import fc, { type Arbitrary } from 'fast-check';

const raisedAt = instant('2026-11-24T10:36:00Z');
const health: JobHealth = {
  job: 'life-regeneration',
  verdict: 'late',
  lastSuccessTick: instant('2026-11-24T10:00:00Z'),
  lagMs: 2_160_000,
  windowMs: 2_100_000,
  lastDurationMs: 412,
  usualDurationMs: 390,
  failedItems: 0,
  recentRuns: 10,
  recentFailures: 0,
  lastError: null,
  nextTick: instant('2026-11-24T11:00:00Z'),
  aheadThrough: null,
  runningTick: null,
  runningSince: null,
};

/** An alert that a job is late, or whatever the test makes of it. */
export function anAlert({ health: changed, ...change }: AlertChange = {}): Alert {
  const alert: Alert = {
    key: 'late:life-regeneration:2026-11-24T10:36:00.000Z',
    kind: 'unhealthy',
    job: 'life-regeneration',
    verdict: 'late',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: 'life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
    health: { ...health, ...changed },
    ...change,
  };
  return alert;
}

type AlertChange = Partial<Omit<Alert, 'health'>> & { readonly health?: Partial<JobHealth> };

/** A signal that nobody aborts. */
export const unhurried: AbortSignal = new AbortController().signal;

/** Text as errors bring it along: with markup, line breaks and whole alphabets. */
export const nastyTexts: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom('<!channel>', '@everyone', '&amp;', '\r\nBcc: all@x.org', '"', '<b>', '😀'), {
      maxLength: 8,
    })
    .map((parts) => parts.join(' ')),
  fc.string({ minLength: 1_900, maxLength: 2_100 }),
);

/** Any alert, with texts of errors that are as bad as they come. */
export function alerts(): Arbitrary<Alert> {
  return fc
    .record(
      {
        kind: fc.constantFrom<AlertKind>('unhealthy', 'reminder', 'recovered', 'paused'),
        verdict: fc.constantFrom<Verdict>(
          'late',
          'failing',
          'stuck',
          'never-ran',
          'ahead',
          'healthy',
          'paused',
        ),
        severity: fc.constantFrom<Severity>(...severities),
        since: instants(),
        raisedAt: instants(),
        text: nastyTexts,
        lastError: fc.option(nastyTexts),
        failedItems: fc.nat(),
      },
      { noNullPrototype: true },
    )
    .map(({ lastError, failedItems, ...alert }) =>
      anAlert({
        ...alert,
        key: `${alert.verdict}:life-regeneration:${iso(alert.raisedAt)}`,
        health: { verdict: alert.verdict, lastError, failedItems },
      }),
    );
}
