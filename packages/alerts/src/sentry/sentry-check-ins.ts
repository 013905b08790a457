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

/** Options of {@link sentryCheckIns}. */
export interface SentryCheckInOptions {
  /** The SDK that the host has initialized: `import * as Sentry from '@sentry/node'`. */
  readonly sentry: SentrySdk;
  /**
   * Returns the host's jobs; called when they run: `() => host.jobs`. Sentry's monitors get their schedule, time zone,
   * margin and maximum run time from them. Without it, monitors keep the settings that you made at Sentry.
   */
  readonly jobs?: () => readonly ScheduledJob[];
  /** Only these jobs check in. Default: all. */
  readonly only?: readonly string[];
  /** Prefix of the monitors' slugs; the name of the job follows. Default: none. */
  readonly slugPrefix?: string;
}

/**
 * Returns an observer that reports runs to Sentry's cron monitors, one monitor per job: `in_progress` when a run
 * begins, `ok` or `error` when it ends. Sentry alerts when a check-in is missing, also when all hosts are down.
 *
 * Pass it to `createJobHost` in `observers`. All attempts of one run are one check-in, on whichever instances they run.
 *
 * @throws {InvalidOptionError} naming the invalid option
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
      // An observer must never stop a run.
    }
  };
  return {
    runStarted: (claim) => checkIn(claim, { status: 'in_progress' }),
    runEnded: ({ end, durationMs, ...run }) => {
      // A run that was released or lost ends with a later attempt.
      if (end !== 'succeeded' && end !== 'failed') return;
      checkIn(run, { status: end === 'succeeded' ? 'ok' : 'error', duration: durationMs / SECOND_MS });
    },
  };
}

interface Run {
  readonly job: string;
  readonly tick: Instant;
}

/** Margin for jobs without `lateAfterMs`; the same default as in core. */
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

/**
 * Whether Sentry can parse the expression: it supports five plain fields, no seconds, and none of Croner's extensions.
 */
function isCrontab(cron: string): boolean {
  const part = String.raw`(?:\*|\d+|[a-z]{3})`;
  const field = `${part}(?:[-/,]${part})*`;
  return new RegExp(`^${field}(?: ${field}){4}$`, 'i').test(cron);
}

function wholeMinutes(ms: number): number {
  return Math.max(1, Math.ceil(ms / MINUTE_MS));
}

/** The id is the same for every attempt of a run. */
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
