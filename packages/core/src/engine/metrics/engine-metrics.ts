import type { MetricDefinition, MetricKind } from './metric.ts';

/** Names of labels. Each begins with `gamekeeper.`, because Prometheus reserves `job` and `instance`. */
export const metricLabels: Readonly<
  Record<
    'job' | 'verdict' | 'check' | 'runEnd' | 'skipReason' | 'dependency' | 'operation' | 'connectionState',
    string
  >
> = {
  job: 'gamekeeper.job',
  verdict: 'gamekeeper.verdict',
  check: 'gamekeeper.check',
  runEnd: 'gamekeeper.run.end',
  skipReason: 'gamekeeper.skip.reason',
  dependency: 'gamekeeper.dependency',
  operation: 'gamekeeper.operation',
  connectionState: 'gamekeeper.connection.state',
};

const { job, verdict, check, runEnd, skipReason, dependency, operation, connectionState } = metricLabels;

type GaugeName =
  | 'healthKnown'
  | 'healthy'
  | 'jobVerdict'
  | 'jobLag'
  | 'jobWindow'
  | 'jobLastSuccess'
  | 'jobNextTick'
  | 'jobRunning'
  | 'jobLastDuration'
  | 'jobUsualDuration'
  | 'jobFailedItems'
  | 'checkHealthy'
  | 'outboxPending'
  | 'outboxOldestAge'
  | 'outboxOldestWait'
  | 'clockSkew'
  | 'alertsOwed'
  | 'alertsOldestOwedAge'
  | 'postgresConnections'
  | 'postgresConnectionsMax'
  | 'postgresConnectionsWaiting'
  | 'degraded'
  | 'dependencyDegraded';

type CounterName =
  | 'dependencyOutages'
  | 'dependencyFailures'
  | 'runs'
  | 'batches'
  | 'batchRetries'
  | 'throttled'
  | 'itemsProcessed'
  | 'itemsFailed'
  | 'ticksSkipped';

/** The engine's metrics, by what they measure. */
export type EngineMetrics = Readonly<
  Record<GaugeName, MetricDefinition<'gauge'>> &
    Record<CounterName, MetricDefinition<'counter'>> &
    Record<'runDuration', MetricDefinition<'histogram'>>
>;

/** All metrics of the engine; the game adds its own. */
export const engineMetrics: EngineMetrics = {
  healthKnown: storeMetric(
    'health.known',
    '',
    '1 if the health of jobs and checks could be determined, else 0.',
  ),
  healthy: storeMetric('healthy', '', '1 if no job and no check is unhealthy, else 0.'),
  jobVerdict: storeMetric('job.verdict', '', '1 for the current verdict on the job, 0 for every other.', [
    job,
    verdict,
  ]),
  jobLag: storeMetric(
    'job.lag',
    's',
    'Time since the newest successful tick, or since the registration or resumption.',
    [job],
  ),
  jobWindow: storeMetric('job.window', 's', 'The maximum healthy lag.', [job]),
  jobLastSuccess: storeMetric('job.last_success.timestamp', 's', 'The newest successful tick.', [job]),
  jobNextTick: storeMetric('job.next_tick.timestamp', 's', 'The next tick.', [job]),
  jobRunning: storeMetric('job.running', '', '1 if a run is active, else 0.', [job]),
  jobLastDuration: storeMetric('job.last_duration', 's', 'The duration of the newest successful run.', [job]),
  jobUsualDuration: storeMetric(
    'job.usual_duration',
    's',
    'The median duration of the recent successful runs.',
    [job],
  ),
  jobFailedItems: storeMetric('job.failed_items', '{item}', 'Failed items of the newest run that ended.', [
    job,
  ]),
  checkHealthy: storeMetric('check.healthy', '', '1 if the check is healthy, else 0.', [check]),
  outboxPending: storeMetric('outbox.pending_events', '{event}', 'Events that are not delivered yet.'),
  outboxOldestAge: storeMetric(
    'outbox.oldest_age',
    's',
    'Time since the earliest undelivered event happened; 0 if there is none.',
  ),
  outboxOldestWait: storeMetric(
    'outbox.oldest_wait',
    's',
    'Time since the first undelivered event was written; 0 if there is none.',
  ),

  alertsOwed: storeMetric(
    'alerts.owed',
    '{alert}',
    'Alerts that should have been delivered to a channel by now, per channel; alerts held back by quiet hours do not count.',
  ),
  alertsOldestOwedAge: storeMetric(
    'alerts.oldest_owed_age',
    's',
    'Time since the first of these alerts was raised; 0 if there is none.',
  ),

  clockSkew: processMetric(
    'gauge',
    'clock.skew',
    's',
    "How far this host's clock is ahead of the store's; negative: behind.",
  ),
  degraded: processMetric('gauge', 'degraded', '', '1 if an optional dependency is unavailable, else 0.'),
  dependencyDegraded: processMetric(
    'gauge',
    'dependency.degraded',
    '',
    '1 if this dependency is unavailable, else 0.',
    [dependency],
  ),
  dependencyOutages: processMetric(
    'counter',
    'dependency.outages',
    '{outage}',
    'Number of outages of the dependency.',
    [dependency],
  ),
  dependencyFailures: processMetric(
    'counter',
    'dependency.failures',
    '{failure}',
    'Failed operations; for `leaderboard-cache`: reads served by the store instead, and updates that the cache missed.',
    [dependency, operation],
  ),
  postgresConnections: processMetric(
    'gauge',
    'postgres.connections',
    '{connection}',
    'Connections of the pool, `used` or `idle`.',
    [connectionState],
  ),
  postgresConnectionsMax: processMetric(
    'gauge',
    'postgres.connections.max',
    '{connection}',
    'Maximum number of connections of the pool.',
  ),
  postgresConnectionsWaiting: processMetric(
    'gauge',
    'postgres.connections.waiting',
    '{request}',
    'Requests waiting for a pool connection.',
  ),
  runs: processMetric('counter', 'runs', '{run}', 'Ended attempts at runs, by outcome.', [job, runEnd]),
  runDuration: processMetric('histogram', 'run.duration', 's', 'The duration of attempts at runs.', [job]),
  batches: processMetric('counter', 'batches', '{batch}', 'Committed batches.', [job]),
  batchRetries: processMetric('counter', 'batch.retries', '{retry}', 'Batches that threw and were retried.', [
    job,
  ]),
  throttled: processMetric(
    'counter',
    'throttled',
    's',
    'How long runs paused between batches, because the database was slow.',
    [job],
  ),
  itemsProcessed: processMetric(
    'counter',
    'items.processed',
    '{item}',
    'Items changed by committed batches.',
    [job],
  ),
  itemsFailed: processMetric('counter', 'items.failed', '{item}', 'Items that failed alone.', [job]),
  ticksSkipped: processMetric('counter', 'ticks.skipped', '{tick}', 'Ticks recorded as skipped, by reason.', [
    job,
    skipReason,
  ]),
};

/** Returns the definition of a gauge that is read from the store: every instance reports the same value. */
export function storeMetric(
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<'gauge'> {
  return { name: `gamekeeper.${name}`, kind: 'gauge', unit, help, labels, scope: 'store' };
}

/** Returns the definition of a metric of one process. */
export function processMetric<Kind extends MetricKind>(
  kind: Kind,
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<Kind> {
  return { name: `gamekeeper.${name}`, kind, unit, help, labels, scope: 'process' };
}
