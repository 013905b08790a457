import { describe, expect, it } from 'vitest';
import { instant, addMs } from '../time/instant.ts';
import type { CheckAlert } from './alert.ts';
import { digestOf } from './alert-digest.ts';

const noon = instant('2026-11-24T12:00:00Z');

function anAlert(check: string, change: Partial<CheckAlert> = {}): CheckAlert {
  return {
    key: `unhealthy:${check}`,
    kind: 'unhealthy',
    subject: 'check',
    check,
    verdict: 'unhealthy',
    severity: 'critical',
    since: noon,
    raisedAt: noon,
    text: `${check} is unhealthy`,
    health: { check, verdict: 'unhealthy', severity: 'critical', text: null, since: noon, facts: null },
    ...change,
  };
}

describe('a digest', () => {
  it('counts by kind and severity, and names the gravest first', () => {
    const many = Array.from({ length: 6 }, (_, index) =>
      anAlert(`q${index}`, { severity: index === 0 ? 'warning' : 'critical', raisedAt: addMs(noon, index) }),
    );
    const digest = digestOf([
      anAlert('well', { kind: 'recovered', verdict: 'healthy', since: addMs(noon, -5) }),
      ...many,
      anAlert('old', { kind: 'reminder', severity: 'warning' }),
    ]);
    expect(digest).toMatchObject({
      subject: 'digest',
      kind: 'unhealthy',
      severity: 'critical',
      since: addMs(noon, -5),
      raisedAt: addMs(noon, 5),
      counts: { unhealthy: 6, reminder: 1, paused: 0, recovered: 1 },
      text: '6 unhealthy (5 critical, 1 warning): q1, q2, q3, q4, q5 and 1 more; 1 still unhealthy (1 warning): old; 1 healthy again: well',
    });
    expect(digest.alerts.map((alert) => 'check' in alert && alert.check)).toEqual(
      'q1 q2 q3 q4 q5 q0 old well'.split(' '),
    );
  });

  it('of recoveries alone is good news', () => {
    const recoveries = ['a', 'b'].map((check) => anAlert(check, { kind: 'recovered', verdict: 'healthy' }));
    expect(digestOf(recoveries)).toMatchObject({ kind: 'recovered', text: '2 healthy again: a, b' });
  });

  it('has the same key for the same alerts, and another for others', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((check) => anAlert(check)) as [CheckAlert, CheckAlert, CheckAlert];
    expect(digestOf([a, b]).key).toBe(digestOf([a, b]).key);
    expect(new Set([digestOf([a, b]).key, digestOf([a, b, c]).key, digestOf([b, c]).key]).size).toBe(3);
  });
});
