import { verdicts, type CheckHealth, type HostHealth, type JobHealth } from '@gamekeeper/core';
import type { Metric, Sample } from './prometheus-text.ts';

/** The health of the whole as metrics: the same from every instance. Only the first is there while it is not known. */
export function healthMetrics(health: HostHealth | null): readonly Metric[] {
  const known = gauge('health_known', 'Whether the health of jobs and checks could be told.', health ? 1 : 0);
  if (!health) return [known];
  const healthy = gauge('healthy', 'Whether no job and no check is in trouble.', health.healthy ? 1 : 0);
  return [known, healthy, ...jobMetrics(health.jobs), checkMetric(health.checks), ...storeMetrics(health)];
}

/** What this process has measured of its own clock. */
export function clockMetrics(skewMs: number | null): readonly Metric[] {
  const help = "By how much this host's clock is ahead of the store's; negative: behind.";
  return [gauge('clock_skew_seconds', help, seconds(skewMs))];
}

function jobMetrics(jobs: readonly JobHealth[]): readonly Metric[] {
  const each = (name: string, help: string, value: (job: JobHealth) => number | null): Metric => ({
    name: `gamekeeper_job_${name}`,
    type: 'gauge',
    help,
    samples: jobs.flatMap((health) => samplesOf(value(health), { job: health.job })),
  });
  return [
    {
      name: 'gamekeeper_job_verdict',
      type: 'gauge',
      help: '1 for the verdict on the job, 0 for every other.',
      samples: jobs.flatMap(({ job, verdict }) =>
        verdicts.map((one) => ({ labels: { job, verdict: one }, value: verdict === one ? 1 : 0 })),
      ),
    },
    each(
      'lag_seconds',
      'Time since the newest tick that succeeded, or the registration or resumption.',
      ({ lagMs }) => seconds(lagMs),
    ),
    each('window_seconds', 'The most that the lag may be.', ({ windowMs }) => seconds(windowMs)),
    each('last_success_timestamp_seconds', 'The newest tick that succeeded.', ({ lastSuccessTick }) =>
      seconds(lastSuccessTick),
    ),
    each('next_tick_timestamp_seconds', 'The next tick.', ({ nextTick }) => seconds(nextTick)),
    each('running', 'Whether a run is at work.', ({ runningTick }) => (runningTick === null ? 0 : 1)),
    each('last_duration_seconds', 'How long the newest run that succeeded took.', ({ lastDurationMs }) =>
      seconds(lastDurationMs),
    ),
    each(
      'usual_duration_seconds',
      'The median of what the recent runs that succeeded took.',
      ({ usualDurationMs }) => seconds(usualDurationMs),
    ),
    each('failed_items', 'Items that failed in the newest run that ended.', ({ failedItems }) => failedItems),
  ];
}

function checkMetric(checks: readonly CheckHealth[]): Metric {
  return {
    name: 'gamekeeper_check_healthy',
    type: 'gauge',
    help: '1 when all is well with what the check looks at, 0 when not.',
    samples: checks.map(({ check, verdict }) => ({
      labels: { check },
      value: verdict === 'healthy' ? 1 : 0,
    })),
  };
}

function storeMetrics({ outbox, oldestUnsealed, oldestUnfinished, drift }: HostHealth): readonly Metric[] {
  return [
    gauge('outbox_pending_events', 'Events that were not delivered yet.', outbox?.pending),
    gauge(
      'outbox_oldest_age_seconds',
      'Time since the first of these events happened; 0 when none waits.',
      outbox && seconds(outbox.oldestAgeMs ?? 0),
    ),
    gauge(
      'outbox_oldest_wait_seconds',
      'Time since the first of these events was written; 0 when none waits.',
      outbox && seconds(outbox.oldestWaitMs ?? 0),
    ),
    gauge(
      'oldest_unsealed_age_seconds',
      'Time since the end of the oldest period that is not sealed; 0 when none waits.',
      seconds(oldestUnsealed?.ageMs ?? 0),
    ),
    gauge(
      'oldest_unfinished_age_seconds',
      'Time since the oldest period was sealed whose reset is not finished; 0 when none is unfinished.',
      seconds(oldestUnfinished?.ageMs ?? 0),
    ),
    gauge(
      'recalculation_drift_members',
      'Members of cached leaderboards that the newest recalculation put right.',
      drift?.repaired,
    ),
  ];
}

function gauge(name: string, help: string, value: number | null | undefined): Metric {
  return { name: `gamekeeper_${name}`, type: 'gauge', help, samples: samplesOf(value) };
}

/** A value that is not known has no sample. */
function samplesOf(
  value: number | null | undefined,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return value == null ? [] : [{ labels, value }];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
