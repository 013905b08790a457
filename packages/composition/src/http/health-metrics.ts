import { verdicts, type HostHealth, type JobHealth } from '@gamekeeper/core';
import type { Metric, Sample } from './prometheus-text.ts';

/** The health of the whole as metrics: the same from every instance. Only the first is there while it is not known. */
export function healthMetrics(health: HostHealth | null): readonly Metric[] {
  const known = gauge('health_known', 'Whether the health of the jobs could be told.', health ? 1 : 0);
  return health ? [known, ...jobMetrics(health), ...storeMetrics(health)] : [known];
}

function jobMetrics({ healthy, jobs }: HostHealth): readonly Metric[] {
  return [
    gauge('healthy', 'Whether no job is in trouble.', healthy ? 1 : 0),
    {
      name: 'gamekeeper_job_verdict',
      type: 'gauge',
      help: '1 for the verdict on the job, 0 for every other.',
      samples: jobs.flatMap(({ job, verdict }) =>
        verdicts.map((each) => ({ labels: { job, verdict: each }, value: verdict === each ? 1 : 0 })),
      ),
    },
    perJob('lag_seconds', 'Time since the newest tick that succeeded, the registration or the resumption.', {
      jobs,
      value: ({ lagMs }) => seconds(lagMs),
    }),
    perJob('window_seconds', 'The most that the lag may be.', {
      jobs,
      value: ({ windowMs }) => seconds(windowMs),
    }),
    perJob('last_success_timestamp_seconds', 'The newest tick that succeeded.', {
      jobs,
      value: ({ lastSuccessTick }) => seconds(lastSuccessTick),
    }),
    perJob('next_tick_timestamp_seconds', 'The next tick.', {
      jobs,
      value: ({ nextTick }) => seconds(nextTick),
    }),
    perJob('running', 'Whether a run is at work.', {
      jobs,
      value: ({ runningTick }) => (runningTick === null ? 0 : 1),
    }),
    perJob('last_duration_seconds', 'How long the newest run that succeeded took.', {
      jobs,
      value: ({ lastDurationMs }) => seconds(lastDurationMs),
    }),
    perJob('usual_duration_seconds', 'The median of what the recent runs that succeeded took.', {
      jobs,
      value: ({ usualDurationMs }) => seconds(usualDurationMs),
    }),
    perJob('failed_items', 'Items that failed in the newest run that ended.', {
      jobs,
      value: ({ failedItems }) => failedItems,
    }),
  ];
}

function storeMetrics({ outbox, oldestUnsealed, drift }: HostHealth): readonly Metric[] {
  const outboxAge = outbox && (seconds(outbox.oldestAgeMs) ?? 0);
  const unsealedAge = seconds(oldestUnsealed?.ageMs ?? 0);
  return [
    gauge('outbox_pending_events', 'Events that were not delivered yet.', outbox?.pending),
    gauge('outbox_oldest_age_seconds', 'For how long the oldest of them has been waiting.', outboxAge),
    gauge(
      'oldest_unsealed_age_seconds',
      'Time since the end of the oldest period that is not sealed; 0 when none waits.',
      unsealedAge,
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

/** A value for each job that has one. */
function perJob(
  name: string,
  help: string,
  of: { readonly jobs: readonly JobHealth[]; readonly value: (job: JobHealth) => number | null },
): Metric {
  const samples = of.jobs.flatMap((health) => samplesOf(of.value(health), { job: health.job }));
  return { name: `gamekeeper_job_${name}`, type: 'gauge', help, samples };
}

function samplesOf(
  value: number | null | undefined,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return value == null ? [] : [{ labels, value }];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
