import type { CheckHealth } from '../health/check.ts';
import type { EngineHealth } from '../health/engine-health.ts';
import type { JobHealth } from '../health/job-health.ts';
import { verdicts } from '../health/verdict.ts';
import { SECOND_MS } from '../time/instant.ts';
import type { WithDates } from '../time/with-dates.ts';
import { engineMetrics as catalogue, metricLabels } from './engine-metrics.ts';
import type { MeasuredValues, MetricDefinition } from './metric.ts';

/**
 * The health of a host as metrics: the same from every instance.
 *
 * @param health `null` while it is not known: then only `gamekeeper.health.known` has a value
 */
export function engineHealthMetrics(health: WithDates<EngineHealth> | null): readonly MeasuredValues[] {
  const { healthKnown, healthy } = catalogue;
  if (!health) return [gauge(healthKnown, 0)];
  return [
    gauge(healthKnown, 1),
    gauge(healthy, health.healthy ? 1 : 0),
    ...jobMetrics(health.jobs),
    checkMetric(health.checks),
    ...queueMetrics(health),
  ];
}

/** Returns a gauge without labels; it has no sample if its value is not known. */
export function gauge(metric: MetricDefinition<'gauge'>, value: number | null | undefined): MeasuredValues {
  return { metric, samples: value == null ? [] : [{ value }] };
}

/** Returns milliseconds as seconds, the unit of metrics. */
export function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / SECOND_MS;
}

function jobMetrics(jobs: readonly WithDates<JobHealth>[]): readonly MeasuredValues[] {
  const each = (
    metric: MetricDefinition<'gauge'>,
    valueOf: (job: WithDates<JobHealth>) => number | null,
  ): MeasuredValues => ({
    metric,
    samples: jobs.flatMap((health) => {
      const value = valueOf(health);
      return value == null ? [] : [{ labels: { [metricLabels.job]: health.job }, value }];
    }),
  });
  return [
    {
      metric: catalogue.jobVerdict,
      samples: jobs.flatMap(({ job, verdict }) =>
        verdicts.map((one) => ({
          labels: { [metricLabels.job]: job, [metricLabels.verdict]: one },
          value: verdict === one ? 1 : 0,
        })),
      ),
    },
    each(catalogue.jobLag, ({ lagMs }) => inSeconds(lagMs)),
    each(catalogue.jobWindow, ({ windowMs }) => inSeconds(windowMs)),
    each(catalogue.jobLastSuccess, ({ lastSuccessTick }) =>
      inSeconds(lastSuccessTick && lastSuccessTick.getTime()),
    ),
    each(catalogue.jobNextTick, ({ nextTick }) => inSeconds(nextTick && nextTick.getTime())),
    each(catalogue.jobRunning, ({ runningTick }) => (runningTick === null ? 0 : 1)),
    each(catalogue.jobLastDuration, ({ lastDurationMs }) => inSeconds(lastDurationMs)),
    each(catalogue.jobUsualDuration, ({ usualDurationMs }) => inSeconds(usualDurationMs)),
    each(catalogue.jobFailedItems, ({ failedItems }) => failedItems),
  ];
}

function checkMetric(checks: readonly WithDates<CheckHealth>[]): MeasuredValues {
  return {
    metric: catalogue.checkHealthy,
    samples: checks.map(({ check, verdict }) => ({
      labels: { [metricLabels.check]: check },
      value: verdict === 'healthy' ? 1 : 0,
    })),
  };
}

function queueMetrics({ outbox, alerts }: WithDates<EngineHealth>): readonly MeasuredValues[] {
  return [
    gauge(catalogue.outboxPending, outbox?.pending),
    gauge(catalogue.outboxOldestAge, outbox && inSeconds(outbox.oldestAgeMs ?? 0)),
    gauge(catalogue.outboxOldestWait, outbox && inSeconds(outbox.oldestWaitMs ?? 0)),
    gauge(catalogue.alertsOwed, alerts.owed),
    gauge(catalogue.alertsOldestOwedAge, inSeconds(alerts.oldestAgeMs ?? 0)),
  ];
}
