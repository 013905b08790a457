import {
  InvalidOptionError,
  MINUTE_MS,
  SECOND_MS,
  iso,
  type Instant,
  type RunObserver,
  type ScheduledJob,
} from '@gamekeeper/core';
import { hiddenValue } from '@gamekeeper/core/engine';
import { createHash } from 'node:crypto';
import { checkOptionNames } from '../options.ts';
import { checkSdk, type SentryCheckIn, type SentryMonitor, type SentrySdk } from './sentry-sdk.ts';

/** What {@link sentryCheckIns} takes. */
export interface SentryCheckInOptions {
  /** The SDK that the host has initialised: `import * as Sentry from '@sentry/node'`. */
  readonly sentry: SentrySdk;
  /**
   * The host's jobs, asked for at their runs: `() => host.jobs`. From them Sentry learns schedule, zone, margin and longest
   * run. Without, monitors are as you made them at Sentry.
   */
  readonly jobs?: () => readonly ScheduledJob[];
  /** Only these jobs check in. Default: all. */
  readonly only?: readonly string[];
  /** What monitors' slugs begin with; the job's name comes after it. Default: nothing. */
  readonly slugPrefix?: string;
}

/**
 * Checks runs in at Sentry's cron monitors, one monitor per job: `in_progress` when a run begins, `ok` or `error` when it
 * ends. Sentry raises the alarm when a check-in is missed, also when all hosts are gone.
 *
 * Give it to `createJobHost` as one of `observers`. Attempts of one run are one check-in, whichever instances they are on.
 *
 * @throws {InvalidOptionError} naming the option that cannot work
 */
export function sentryCheckIns(options: SentryCheckInOptions): RunObserver {
  checkOptions(options);
  const { sentry, jobs, only, slugPrefix = '' } = options;
  const checkIn = (run: Run, state: Pick<SentryCheckIn, 'status' | 'duration'>): void => {
    if (only && !only.includes(run.job)) return;
    try {
      const scheduled = jobs?.().find(({ job }) => job.name === run.job);
      const monitor = scheduled && monitorOf(scheduled, run.tick);
      const monitorSlug = `${slugPrefix}${run.job}`;
      sentry.captureCheckIn({ monitorSlug, checkInId: idOf(monitorSlug, run.tick), ...state }, monitor);
    } catch {
      // An observer never stops a run.
    }
  };
  return {
    runStarted: (claim) => checkIn(claim, { status: 'in_progress' }),
    runEnded: ({ end, durationMs, ...run }) => {
      // A run that was given back or lost is another attempt's to end.
      if (end !== 'succeeded' && end !== 'failed') return;
      checkIn(run, { status: end === 'succeeded' ? 'ok' : 'error', duration: durationMs / SECOND_MS });
    },
  };
}

interface Run {
  readonly job: string;
  readonly tick: Instant;
}

/** Margin where the job says nothing about when it is late: as core has it. */
const DEFAULT_MARGIN_MINUTES = 60;

function monitorOf({ job, schedule }: ScheduledJob, tick: Instant): SentryMonitor | undefined {
  const { cron, timeZone } = schedule;
  if (!isCrontab(cron)) return undefined;
  const next = schedule.next(tick);
  const marginMs = job.lateAfterMs === null || next === null ? null : job.lateAfterMs - (next - tick);
  return {
    schedule: { type: 'crontab', value: cron },
    timezone: timeZone,
    checkinMargin: marginMs === null ? DEFAULT_MARGIN_MINUTES : wholeMinutes(marginMs),
    maxRuntime: wholeMinutes(job.timeoutMs),
  };
}

/** Whether Sentry can read it: it knows five plain fields, no seconds, and none of Croner's additions. */
function isCrontab(cron: string): boolean {
  const part = String.raw`(?:\*|\d+|[a-z]{3})`;
  const field = `${part}(?:[-/,]${part})*`;
  return new RegExp(`^${field}(?: ${field}){4}$`, 'i').test(cron);
}

function wholeMinutes(ms: number): number {
  return Math.max(1, Math.ceil(ms / MINUTE_MS));
}

/** The same for every attempt at a run. */
function idOf(slug: string, tick: Instant): string {
  return createHash('sha256')
    .update(`${slug}:${iso(tick)}`)
    .digest('hex')
    .slice(0, 32);
}

function checkOptions(options: SentryCheckInOptions): void {
  checkOptionNames('sentryCheckIns', options, ['sentry', 'jobs', 'only', 'slugPrefix']);
  const { sentry, jobs, only, slugPrefix = '' } = options;
  checkSdk('sentryCheckIns.sentry', sentry);
  if (jobs !== undefined && typeof jobs !== 'function') {
    throw new InvalidOptionError(
      'sentryCheckIns.jobs',
      hiddenValue(jobs),
      'must be a function: () => host.jobs',
    );
  }
  if (only !== undefined && !(Array.isArray(only) && only.every((name) => typeof name === 'string'))) {
    throw new InvalidOptionError('sentryCheckIns.only', only, 'must be a list of job names');
  }
  if (typeof slugPrefix !== 'string' || !/^[a-z\d_-]{0,20}$/.test(slugPrefix)) {
    throw new InvalidOptionError(
      'sentryCheckIns.slugPrefix',
      slugPrefix,
      'must be at most 20 lower-case letters, digits, hyphens and underscores',
    );
  }
}
