import {
  engineMetrics,
  processMetric,
  storeMetric,
  type EngineMetrics,
} from '../../engine/metrics/engine-metrics.ts';
import type { MetricDefinition } from '../../engine/metrics/metric.ts';

type GaugeName = 'oldestUnsealedAge' | 'oldestUnfinishedAge' | 'recalculationDrift';

/** All metrics of Gamekeeper by what they measure. */
export type MetricCatalogue = EngineMetrics &
  Readonly<Record<GaugeName, MetricDefinition<'gauge'>> & Record<'cacheMisses', MetricDefinition<'counter'>>>;

/**
 * Every metric of Gamekeeper. `/metrics`, OpenTelemetry, the reference in the docs and the Grafana dashboard are all made
 * from it.
 */
export const metricCatalogue: MetricCatalogue = {
  ...engineMetrics,
  oldestUnsealedAge: storeMetric(
    'oldest_unsealed_age',
    's',
    'Time since the end of the oldest period that is not sealed; 0 when none waits.',
  ),
  oldestUnfinishedAge: storeMetric(
    'oldest_unfinished_age',
    's',
    'Time since the oldest period was sealed whose reset is not finished; 0 when none is unfinished.',
  ),
  recalculationDrift: storeMetric(
    'recalculation.drift_members',
    '{member}',
    'Members of cached leaderboards that the newest recalculation put right.',
  ),
  cacheMisses: processMetric(
    'counter',
    'leaderboard_cache.misses',
    '{read}',
    'Reads of boards that the cache did not hold whole, which the store served.',
  ),
};
