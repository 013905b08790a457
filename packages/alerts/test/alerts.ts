import {
  iso,
  severities,
  type Alert,
  type AlertKind,
  type CheckAlert,
  type CheckHealth,
  type CheckVerdict,
  type JobAlert,
  type JobHealth,
  type Severity,
  type Verdict,
} from '@gamekeeper/core';
import { instants, lateJobAlert } from '@gamekeeper/testkit';
import fc, { type Arbitrary } from 'fast-check';

const late = lateJobAlert('life-regeneration');
const { raisedAt } = late;

/** An alert that a job is late, with the changes of the test. */
export function anAlert({ health: changed, ...change }: AlertChange = {}): JobAlert {
  return { ...late, health: { ...late.health, ...changed }, ...change };
}

type AlertChange = Partial<Omit<JobAlert, 'health'>> & { readonly health?: Partial<JobHealth> };

/** An alert that the outbox is unhealthy, with the changes of the test. */
export function aCheckAlert({ health: changed, ...change }: CheckAlertChange = {}): CheckAlert {
  const text = 'the oldest of 7 waiting events was written 11 min ago, more than 10 min';
  const facts = { pending: 7, oldestAgeMs: 660_000, worst: { instance: 'one', measuredAt: raisedAt } };
  return {
    key: 'unhealthy:check:outbox:2026-11-24T10:36:00.000Z',
    kind: 'unhealthy',
    subject: 'check',
    check: 'outbox',
    verdict: 'unhealthy',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `outbox is unhealthy: ${text}`,
    health: {
      check: 'outbox',
      verdict: 'unhealthy',
      severity: 'critical',
      text,
      since: raisedAt,
      facts,
      ...changed,
    },
    ...change,
  };
}

type CheckAlertChange = Partial<Omit<CheckAlert, 'health'>> & { readonly health?: Partial<CheckHealth> };

/** A signal that is never aborted. */
export const unhurried: AbortSignal = new AbortController().signal;

/** Text as it occurs in errors: with markup, line breaks and many alphabets. */
export const nastyTexts: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom('<!channel>', '@everyone', '&amp;', '\r\nBcc: all@x.org', '"', '<b>', '😀'), {
      maxLength: 8,
    })
    .map((parts) => parts.join(' ')),
  fc.string({ minLength: 1_900, maxLength: 2_100 }),
);

/** Any alert, with hostile texts. */
export function alerts(): Arbitrary<Alert> {
  return fc.oneof({ weight: 2, arbitrary: jobAlerts() }, checkAlerts());
}

function checkAlerts(): Arbitrary<CheckAlert> {
  return fc
    .record(
      {
        kind: fc.constantFrom<AlertKind>('unhealthy', 'reminder', 'recovered'),
        verdict: fc.constantFrom<CheckVerdict>('healthy', 'unhealthy'),
        severity: fc.constantFrom<Severity>('warning', 'critical'),
        since: instants(),
        raisedAt: instants(),
        text: nastyTexts,
        facts: fc.option(fc.dictionary(nastyTexts, fc.oneof(nastyTexts, fc.nat(), fc.constant(null)))),
      },
      { noNullPrototype: true },
    )
    .map(({ facts, ...alert }) =>
      aCheckAlert({
        ...alert,
        key: `${alert.verdict}:check:outbox:${iso(alert.raisedAt)}`,
        health: { verdict: alert.verdict, text: alert.text, facts },
      }),
    );
}

function jobAlerts(): Arbitrary<JobAlert> {
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
