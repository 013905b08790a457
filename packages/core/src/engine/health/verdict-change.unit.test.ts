import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VerdictRecord } from './verdict-log.ts';
import { HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../time/instant.ts';
import type { Alert, SubjectHealth } from './alert.ts';
import { subjectKey } from './subject-key.ts';
import { severities } from './severity.ts';
import type { CheckHealth } from './check.ts';
import type { JobHealth } from './job-health.ts';
import { verdictChangeOf, type JudgedAt } from './verdict-change.ts';
import { verdicts, type Verdict } from './verdict.ts';

const start = instant('2026-11-24T12:00:00Z');
const REMIND_MS = 6 * HOUR_MS;

function job(verdict: Verdict): JobHealth {
  return {
    job: 'sweep',
    verdict,
    lastSuccessTick: null,
    lagMs: 0,
    windowMs: null,
    lastDurationMs: null,
    usualDurationMs: null,
    failedItems: 0,
    recentRuns: 0,
    recentFailures: 0,
    lastError: null,
    nextTick: null,
    aheadThrough: null,
    runningTick: null,
    runningSince: null,
  };
}

function check(severity: 'warning' | 'critical' | null): CheckHealth {
  const about = { check: 'outbox', facts: {} };
  return severity === null
    ? { ...about, verdict: 'healthy', severity, text: null, since: null }
    : { ...about, verdict: 'unhealthy', severity, text: 'it is full', since: start };
}

/** Judged as `job-health` does: as of its tick, which may have been a while ago. */
const at = (now: Instant): JudgedAt => ({ now, readAt: addMs(now, HOUR_MS) });

/** The alerts of judgements, one after the other, by the minutes between them. */
function alertsOf(
  judged: readonly SubjectHealth[],
  minutes: readonly number[] = [],
): readonly (Alert | null)[] {
  let now = start;
  let before: VerdictRecord | null = null;
  return judged.map((health, index) => {
    now = addMs(now, (minutes[index] ?? 1) * MINUTE_MS);
    const changed = verdictChangeOf(health, before, at(now), REMIND_MS);
    before = changed?.change.after ?? before;
    return changed?.alert ?? null;
  });
}

const told = (judged: readonly SubjectHealth[]): readonly string[] =>
  alertsOf(judged).map((alert) => (alert ? `${alert.kind} ${alert.verdict} ${alert.severity}` : '-'));

const isWell = ({ verdict }: SubjectHealth): boolean => verdict === 'healthy' || verdict === 'paused';

/** Not by the code under test. */
function gravity(health: SubjectHealth): number {
  if (isWell(health)) return -1;
  if ('job' in health) return health.verdict === 'failing' ? 1 : 2;
  return health.severity === 'warning' ? 1 : 2;
}

describe('what people are told of one trouble', () => {
  it('is one alert and one recovery where one hang makes a job stuck, late and healthy', () => {
    const history = ['healthy', 'stuck', 'late', 'late', 'healthy'] as const;
    expect(told(history.map(job))).toEqual([
      '-',
      'unhealthy stuck critical',
      '-',
      '-',
      'recovered healthy critical',
    ]);
  });

  it('is a second alert when it becomes graver, and none when it becomes less grave and grave again', () => {
    const history = ['failing', 'late', 'failing', 'late', 'healthy'] as const;
    expect(told(history.map(job))).toEqual([
      'unhealthy failing warning',
      'unhealthy late critical',
      '-',
      '-',
      'recovered healthy critical',
    ]);
    expect(told([check('warning'), check('critical'), check('warning'), check(null)])).toEqual([
      'unhealthy unhealthy warning',
      'unhealthy unhealthy critical',
      '-',
      'recovered healthy critical',
    ]);
  });

  it('ends with a pause, and begins anew after it', () => {
    const history = ['stuck', 'paused', 'healthy', 'late'] as const;
    expect(told(history.map(job))).toEqual([
      'unhealthy stuck critical',
      'paused paused critical',
      '-',
      'unhealthy late critical',
    ]);
  });

  it('law: between two healthy judgements is one alert per rise of severity, and one recovery if there was any', () => {
    const jobs = fc.array(fc.constantFrom(...verdicts).map(job), { maxLength: 40 });
    const checks = fc.array(fc.constantFrom('warning', 'critical', null).map(check), { maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(jobs, checks), fc.array(fc.integer({ min: 1, max: 600 })), (judged, minutes) => {
        const alerts = alertsOf(judged, minutes);
        let worst = -1;
        for (const [index, health] of judged.entries()) {
          const alert = alerts[index] ?? null;
          const kind = alert?.kind === 'reminder' ? null : (alert?.kind ?? null);
          const now = gravity(health);
          if (now > worst) expect([kind, alert!.severity]).toEqual(['unhealthy', severities[now]]);
          else if (now >= 0 || worst < 0) expect(kind).toBeNull();
          else {
            expect(kind).toBe(health.verdict === 'paused' ? 'paused' : 'recovered');
            // Whoever was told of the worst is told of the end.
            expect(alert!.severity).toBe(severities[worst]);
          }
          worst = now < 0 ? -1 : Math.max(worst, now);
        }
      }),
    );
  });

  it('law: it is told of again when, and only when, nobody was told for the time of a reminder', () => {
    const troubles = fc.array(
      fc.constantFrom('late', 'stuck', 'failing', 'never-ran').map((one) => job(one)),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    const pauses = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(troubles, pauses, (judged, minutes) => {
        const alerts = alertsOf(judged, minutes);
        let silentMs = 0;
        for (const [index, alert] of alerts.entries()) {
          silentMs += minutes[index]! * MINUTE_MS;
          if (alert?.kind !== 'unhealthy' && index > 0)
            expect(alert?.kind).toBe(silentMs >= REMIND_MS ? 'reminder' : undefined);
          if (alert) silentMs = 0;
        }
      }),
    );
  });
});

describe('changeOf', () => {
  it('leaves alone what was judged later, and what is no news', () => {
    const before = verdictChangeOf(job('late'), null, at(start), REMIND_MS)!.change.after;
    expect(verdictChangeOf(job('healthy'), before, at(addMs(start, -1)), REMIND_MS)).toBeNull();
    expect(verdictChangeOf(job('late'), before, at(addMs(start, REMIND_MS - 1)), REMIND_MS)).toBeNull();
  });

  it('puts a verdict that changed on record without an alert too, and reminds by when people were last told', () => {
    const stuck = verdictChangeOf(job('stuck'), null, at(start), REMIND_MS)!.change.after;
    const late = verdictChangeOf(job('late'), stuck, at(addMs(start, HOUR_MS)), REMIND_MS)!;
    expect([late.alert, late.change.after]).toEqual([
      null,
      {
        job: 'sweep',
        verdict: 'late',
        since: addMs(start, HOUR_MS),
        alertedAt: start,
        alertedSeverity: 'critical',
      },
    ]);
    const reminded = verdictChangeOf(job('late'), late.change.after, at(addMs(start, REMIND_MS)), REMIND_MS)!;
    expect(reminded.alert).toMatchObject({ kind: 'reminder', verdict: 'late', since: addMs(start, HOUR_MS) });
  });

  it('keeps a check apart from a job of its name', () => {
    expect([subjectKey(job('late')), subjectKey({ ...check(null), check: 'sweep' })]).toEqual([
      'sweep',
      'check:sweep',
    ]);
    expect(verdictChangeOf(check('critical'), null, at(start), REMIND_MS)!.alert).toMatchObject({
      key: 'unhealthy:check:outbox:2026-11-24T12:00:00.000Z',
      text: 'outbox is unhealthy: it is full',
    });
  });
});
