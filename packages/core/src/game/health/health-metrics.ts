import { engineHealthMetrics, gauge, inSeconds } from '../../engine/metrics/health-metrics.ts';
import type { MeasuredValues } from '../../engine/metrics/metric.ts';
import type { WithDates } from '../../engine/time/with-dates.ts';
import type { HostHealth } from './host-health.ts';
import { metricCatalogue as catalogue } from './metric-catalogue.ts';

/**
 * Returns the health of a host and of its leaderboards as metrics: every instance reports the same.
 *
 * @param health `null` if unknown: only `gamekeeper.health.known` then has a value
 */
export function healthMetrics(health: WithDates<HostHealth> | null): readonly MeasuredValues[] {
  if (!health) return engineHealthMetrics(null);
  const { oldestUnsealed, oldestUnfinished, drift } = health;
  return [
    ...engineHealthMetrics(health),
    gauge(catalogue.oldestUnsealedAge, inSeconds(oldestUnsealed?.ageMs ?? 0)),
    gauge(catalogue.oldestUnfinishedAge, inSeconds(oldestUnfinished?.ageMs ?? 0)),
    gauge(catalogue.recalculationDrift, drift?.repaired),
  ];
}
