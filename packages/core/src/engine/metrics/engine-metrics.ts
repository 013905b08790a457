import type { MetricDefinition, MetricKind } from './metric.ts';

/** The names of labels. Each begins with `gamekeeper.`: Prometheus keeps `job` and `instance` for itself. */
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
  | 'itemsProcessed'
  | 'itemsFailed'
  | 'ticksSkipped';

/** The metrics of the engine by what they measure. */
export type EngineMetrics = Readonly<
  Record<GaugeName, MetricDefinition<'gauge'>> &
    Record<CounterName, MetricDefinition<'counter'>> &
    Record<'runDuration', MetricDefinition<'histogram'>>
>;

/** Every metric of the engine; the game adds its own to them. */
export const engineMetrics: EngineMetrics = {
  healthKnown: storeMetric('health.known', '', 'Whether the health of jobs and checks could be told.'),
  healthy: storeMetric('healthy', '', 'Whether no job and no check is in trouble.'),
  jobVerdict: storeMetric('job.verdict', '', '1 for the verdict on the job, 0 for every other.', [
    job,
    verdict,
  ]),
  jobLag: storeMetric(
    'job.lag',
    's',
    'Time since the newest tick that succeeded, or the registration or resumption.',
    [job],
  ),
  jobWindow: storeMetric('job.window', 's', 'The most that the lag may be.', [job]),
  jobLastSuccess: storeMetric('job.last_success.timestamp', 's', 'The newest tick that succeeded.', [job]),
  jobNextTick: storeMetric('job.next_tick.timestamp', 's', 'The next tick.', [job]),
  jobRunning: storeMetric('job.running', '', 'Whether a run is at work.', [job]),
  jobLastDuration: storeMetric('job.last_duration', 's', 'How long the newest run that succeeded took.', [
    job,
  ]),
  jobUsualDuration: storeMetric(
    'job.usual_duration',
    's',
    'The median of what the recent runs that succeeded took.',
    [job],
  ),
  jobFailedItems: storeMetric(
    'job.failed_items',
    '{item}',
    'Items that failed in the newest run that ended.',
    [job],
  ),
  checkHealthy: storeMetric(
    'check.healthy',
    '',
    '1 when all is well with what the check looks at, 0 when not.',
    [check],
  ),
  outboxPending: storeMetric('outbox.pending_events', '{event}', 'Events that were not delivered yet.'),
  outboxOldestAge: storeMetric(
    'outbox.oldest_age',
    's',
    'Time since the first of these events happened; 0 when none waits.',
  ),
  outboxOldestWait: storeMetric(
    'outbox.oldest_wait',
    's',
    'Time since the first of these events was written; 0 when none waits.',
  ),

  alertsOwed: storeMetric(
    'alerts.owed',
    '{alert}',
    'Alerts that a channel was to be told by now and was not; those that quiet hours hold back are not among them.',
  ),
  alertsOldestOwedAge: storeMetric(
    'alerts.oldest_owed_age',
    's',
    'Time since the first of these alerts was raised; 0 when none is owed.',
  ),

  clockSkew: processMetric(
    'gauge',
    'clock.skew',
    's',
    "By how much this host's clock is ahead of the store's; negative: behind.",
  ),
  degraded: processMetric(
    'gauge',
    'degraded',
    '',
    'Whether something does not work that the host can do without for a while.',
  ),
  dependencyDegraded: processMetric(
    'gauge',
    'dependency.degraded',
    '',
    '1 while it does not work, 0 when it does.',
    [dependency],
  ),
  dependencyOutages: processMetric(
    'counter',
    'dependency.outages',
    '{outage}',
    'How often it began not to work.',
    [dependency],
  ),
  dependencyFailures: processMetric(
    'counter',
    'dependency.failures',
    '{failure}',
    'Operations that failed: of `leaderboard-cache`, reads that the store served and updates that it missed.',
    [dependency, operation],
  ),
  postgresConnections: processMetric(
    'gauge',
    'postgres.connections',
    '{connection}',
    'Connections of the pool: `used` by somebody, or `idle`.',
    [connectionState],
  ),
  postgresConnectionsMax: processMetric(
    'gauge',
    'postgres.connections.max',
    '{connection}',
    'How many connections the pool may have.',
  ),
  postgresConnectionsWaiting: processMetric(
    'gauge',
    'postgres.connections.waiting',
    '{request}',
    'Who waits for a connection of the pool, all of which are used.',
  ),
  runs: processMetric('counter', 'runs', '{run}', 'Attempts at runs that ended, by how.', [job, runEnd]),
  runDuration: processMetric('histogram', 'run.duration', 's', 'How long attempts at runs took.', [job]),
  batches: processMetric('counter', 'batches', '{batch}', 'Batches that were committed.', [job]),
  batchRetries: processMetric(
    'counter',
    'batch.retries',
    '{retry}',
    'Batches that threw and were tried again.',
    [job],
  ),
  itemsProcessed: processMetric(
    'counter',
    'items.processed',
    '{item}',
    'Items that committed batches changed.',
    [job],
  ),
  itemsFailed: processMetric('counter', 'items.failed', '{item}', 'Items that failed alone.', [job]),
  ticksSkipped: processMetric(
    'counter',
    'ticks.skipped',
    '{tick}',
    'Ticks that were recorded as skipped, by the reason.',
    [job, skipReason],
  ),
};

/** A gauge that is read from the store: the same from every instance. */
export function storeMetric(
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<'gauge'> {
  return { name: `gamekeeper.${name}`, kind: 'gauge', unit, help, labels, scope: 'store' };
}

/** A metric of one process. */
export function processMetric<Kind extends MetricKind>(
  kind: Kind,
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<Kind> {
  return { name: `gamekeeper.${name}`, kind, unit, help, labels, scope: 'process' };
}
