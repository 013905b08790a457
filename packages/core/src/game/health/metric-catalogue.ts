import {
  engineMetrics,
  processMetric,
  storeMetric,
  type EngineMetrics,
} from '../../engine/metrics/engine-metrics.ts';
import type { MetricDefinition } from '../../engine/metrics/metric.ts';

type GaugeName = 'oldestUnsealedAge' | 'oldestUnfinishedAge' | 'recalculationDrift';

/** All metrics of Gamekeeper, by what they measure. */
export type MetricCatalogue = EngineMetrics &
  Readonly<Record<GaugeName, MetricDefinition<'gauge'>> & Record<'cacheMisses', MetricDefinition<'counter'>>>;

/**
 * All metrics of Gamekeeper. `/metrics`, OpenTelemetry, the reference in the docs and the Grafana dashboard are
 * generated from it.
 */
export const metricCatalogue: MetricCatalogue = {
  ...engineMetrics,
  oldestUnsealedAge: storeMetric(
    'oldest_unsealed_age',
    's',
    'Time since the end of the oldest unsealed period; 0 if there is none.',
  ),
  oldestUnfinishedAge: storeMetric(
    'oldest_unfinished_age',
    's',
    'Time since the oldest period with an unfinished reset was sealed; 0 if there is none.',
  ),
  recalculationDrift: storeMetric(
    'recalculation.drift_members',
    '{member}',
    'Members of cached leaderboards that the newest recalculation repaired.',
  ),
  cacheMisses: processMetric(
    'counter',
    'leaderboard_cache.misses',
    '{read}',
    'Reads served by the store because the cache did not hold the whole board.',
  ),
};
