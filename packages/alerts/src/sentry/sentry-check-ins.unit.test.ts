import {
  MINUTE_MS,
  defineJob,
  instant,
  type AttemptEnd,
  type AttemptReport,
  type Claim,
  type ScheduledJob,
} from '@gamekeeper/core';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import * as Sentry from '@sentry/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SentryReceiver } from '../../test/sentry-receiver.ts';
import { sentryCheckIns, type SentryCheckInOptions } from './sentry-check-ins.ts';

const tick = instant('2026-11-24T10:30:00Z');

describe('check-ins at Sentry, through its SDK', () => {
  let receiver: SentryReceiver;

  beforeAll(async () => {
    receiver = await SentryReceiver.start();
    Sentry.init({ dsn: receiver.dsn('public'), sendClientReports: false, environment: 'production' });
  });
  beforeEach(() => receiver.forget());
  afterAll(async () => {
    await Sentry.close(1_000);
    await receiver.close();
  });

  /** Reports a run of one attempt, or of several that end in the given ways. */
  async function run(
    ends: readonly AttemptEnd[],
    { job = 'life-regeneration', ...options }: Partial<SentryCheckInOptions> & { readonly job?: string } = {},
  ): Promise<ReturnType<SentryReceiver['items']>> {
    ends.forEach((end, index) => {
      // Each attempt is on another instance.
      const observer = sentryCheckIns({ sentry: Sentry, ...options });
      observer.runStarted?.(claimOf(job, index + 1));
      observer.runEnded?.(reportOf(job, index + 1, end));
    });
    await Sentry.flush(5_000);
    return receiver.items('check_in');
  }

  it('begin and end with the run, on the schedule of its job', async () => {
    const [begin, end] = await run(['succeeded'], { jobs: () => [livesAt('*/30 * * * *')] });
    expect(begin).toMatchObject({
      monitor_slug: 'life-regeneration',
      status: 'in_progress',
      environment: 'production',
      monitor_config: {
        schedule: { type: 'crontab', value: '*/30 * * * *' },
        timezone: 'Europe/Berlin',
        checkin_margin: 5,
        max_runtime: 60,
      },
    });
    expect(end).toMatchObject({ status: 'ok', duration: 1.5, check_in_id: begin!['check_in_id'] });
  });

  it('end in an error when the run has failed', async () => {
    expect((await run(['failed'])).map(({ status }) => status)).toEqual(['in_progress', 'error']);
  });

  it('stay one check-in while a run moves from instance to instance', async () => {
    const all = await run(['released', 'lost', 'succeeded']);
    expect(all.map(({ status }) => status)).toEqual(['in_progress', 'in_progress', 'in_progress', 'ok']);
    expect(new Set(all.map(({ check_in_id: id }) => id)).size).toBe(1);
  });

  it('do not change monitors whose schedule Sentry does not support', async () => {
    const known = [];
    for (const cron of ['*/10 * * * * *', '0 0 L * *', '0 0 * * MON#2', '0 0 1,15 JAN-MAR MON']) {
      receiver.forget();
      const [begin] = await run(['succeeded'], { jobs: () => [livesAt(cron)] });
      known.push(begin?.['monitor_config'] !== undefined);
    }
    expect(known).toEqual([false, false, false, true]);
  });

  it('are sent only for the named jobs, with a prefix', async () => {
    expect(await run(['succeeded'], { only: ['streak-update'] })).toEqual([]);
    const named = await run(['succeeded'], { only: ['life-regeneration'], slugPrefix: 'eu-' });
    expect(named.map(({ monitor_slug: slug }) => slug)).toEqual([
      'eu-life-regeneration',
      'eu-life-regeneration',
    ]);
  });

  it('never stop a run, whatever the SDK does', () => {
    const broken = { ...Sentry, captureCheckIn: () => expect.unreachable() };
    const observer = sentryCheckIns({ sentry: broken });
    expect(() => observer.runStarted?.(claimOf('life-regeneration', 1))).not.toThrow();
  });

  it.each([
    ['sentryCheckIns.sentry', {}],
    ['sentryCheckIns.jobs', { sentry: Sentry, jobs: [] }],
    ['sentryCheckIns.only', { sentry: Sentry, only: 'life-regeneration' }],
    ['sentryCheckIns.slugPrefix', { sentry: Sentry, slugPrefix: 'No spaces' }],
    ['sentryCheckIns.slug', { sentry: Sentry, slug: 'x' }],
  ])('reject an invalid %s', (option, options) => {
    expect(() => sentryCheckIns(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});

function livesAt(cron: string): ScheduledJob {
  const job = defineJob({
    name: 'life-regeneration',
    schedule: { cron, timeZone: 'Europe/Berlin' },
    lateAfterMs: 35 * MINUTE_MS,
    batch: async () => ({ processed: 0, next: null }),
  });
  return { job, schedule: new CronerScheduleParser().parse(job.schedule) };
}

function claimOf(job: string, fence: number): Claim {
  return { job, tick, fence, instanceId: `instance-${fence}`, checkpoint: null, processed: 0 };
}

function reportOf(job: string, fence: number, end: AttemptEnd): AttemptReport {
  return { job, tick, fence, end, processed: 3, failedItems: 0, batches: 1, durationMs: 1_500 };
}
