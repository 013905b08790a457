import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, instant, addMs } from '../time/instant.ts';
import { localTime } from '../time/zones.ts';
import type { Alert } from './alert.ts';
import { reminderAlert } from './raise-alert.ts';
import type { Severity } from './severity.ts';
import { assertAlertRoutes, routeAlert, type AlertRoute, type QuietHours } from './alert-routes.ts';

const channel = { name: 'mail', send: async () => undefined };
const at = instant('2026-11-24T12:00:30.250Z');

function alert(change: Partial<Pick<Alert, 'raisedAt' | 'severity'>> = {}): Alert {
  const health = {
    job: 'sweep',
    verdict: 'late' as const,
    lastSuccessTick: null,
    lagMs: 0,
    windowMs: 2_100_000,
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
  return { ...reminderAlert(health, at, at), ...change };
}

function isTold(severity: Severity, options: Partial<AlertRoute>): boolean {
  return routeAlert(alert({ severity }), [{ channel, ...options }]).deliveries.length === 1;
}

function toldAt(raisedAt: number, quietHours: QuietHours, severity: Severity = 'critical'): number {
  return routeAlert(alert({ raisedAt: instant(raisedAt), severity }), [{ channel, quietHours }])
    .deliveries[0]!.notBefore;
}

describe('route', () => {
  it('gives a channel what is as grave as it asks for, warnings and worse unless it says otherwise', () => {
    expect([isTold('info', {}), isTold('warning', {}), isTold('critical', {})]).toEqual([false, true, true]);
    expect([isTold('info', { minSeverity: 'info' }), isTold('warning', { minSeverity: 'critical' })]).toEqual(
      [true, false],
    );
  });

  it('gives a channel only the jobs that it asks for', () => {
    expect([isTold('critical', { jobs: ['sweep'] }), isTold('critical', { jobs: ['other'] })]).toEqual([
      true,
      false,
    ]);
  });

  it('keeps back what is raised in quiet hours until they end, over midnight too', () => {
    const night = { from: '22:00', to: '07:00' };
    expect(toldAt(instant('2026-11-24T21:59:59.999Z'), night)).toBe(instant('2026-11-24T21:59:59.999Z'));
    expect(toldAt(instant('2026-11-24T22:00:00Z'), night)).toBe(instant('2026-11-25T07:00:00Z'));
    expect(toldAt(instant('2026-11-25T06:59:59.999Z'), night)).toBe(instant('2026-11-25T07:00:00Z'));
    expect(toldAt(instant('2026-11-25T07:00:00Z'), night)).toBe(instant('2026-11-25T07:00:00Z'));
  });

  it('tells at once what the quiet hours make an exception for', () => {
    const night = { from: '22:00', to: '07:00', bypassSeverity: 'critical' } as const;
    const midnight = instant('2026-11-25T00:00:00Z');
    expect(toldAt(midnight, night, 'critical')).toBe(midnight);
    expect(toldAt(midnight, night, 'warning')).toBe(instant('2026-11-25T07:00:00Z'));
  });

  it('ends quiet hours by the clocks of their zone, on days on which these change too', () => {
    const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    expect(toldAt(instant('2026-03-28T23:00:00Z'), night)).toBe(instant('2026-03-29T05:00:00Z'));
    expect(toldAt(instant('2026-10-24T22:00:00Z'), night)).toBe(instant('2026-10-25T06:00:00Z'));
  });

  it('never tells in quiet hours, and never later than their end', () => {
    const time = fc.integer({ min: 0, max: 1_439 }).map((minute) => {
      const two = (value: number): string => String(value).padStart(2, '0');
      return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    });
    const zone = fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe');
    const raised = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) });
    fc.assert(
      fc.property(time, time, zone, raised, (from, to, zone, raisedAt) => {
        fc.pre(from !== to);
        const told = toldAt(raisedAt, { from, to, timeZone: zone });
        const isQuiet = (minute: string): boolean =>
          from < to ? from <= minute && minute < to : from <= minute || minute < to;
        const quietThen = isQuiet(localTime(zone, instant(raisedAt)));
        if (!quietThen) return told === raisedAt;
        // Where clocks jump over the very end, it is told when they have.
        const early = addMs(instant(told), -MINUTE_MS);
        return (
          told > raisedAt && told - raisedAt <= 25 * HOUR_MS && (told % MINUTE_MS === 0 || early >= raisedAt)
        );
      }),
    );
  });
});

describe('checkRoutes refuses', () => {
  it.each<[string, unknown, string]>([
    ['what is no channel', [{ channel: {} }], 'alerts[0].channel'],
    ['two channels of one name', [{ channel }, { channel }], 'alerts[1].channel'],
    ['a route that is nothing', [null], 'alerts[0]'],
    ['a misspelt limit', [{ channel, minSeverty: 'critical' }], 'alerts[0].minSeverty'],
    ['jobs as one name', [{ channel, jobs: 'streak-update' }], 'alerts[0].jobs'],
    ['quiet hours as text', [{ channel, quietHours: '22:00' }], 'alerts[0].quietHours'],
    ['a severity that there is not', [{ channel, minSeverity: 'fatal' }], 'alerts[0].minSeverity'],
    [
      'a time that no clock shows',
      [{ channel, quietHours: { from: '24:00', to: '07:00' } }],
      'alerts[0].quietHours.from',
    ],
    ['hours without end', [{ channel, quietHours: { from: '07:00', to: '07:00' } }], 'alerts[0].quietHours'],
    [
      'an unknown zone',
      [{ channel, quietHours: { from: '22:00', to: '07:00', timeZone: 'Mars' } }],
      'alerts[0].quietHours.timeZone',
    ],
  ])('%s', (_, routes, option) => {
    expect(() => assertAlertRoutes('alerts', routes as AlertRoute[])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }) as Error,
    );
  });
});
