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
  | 'oldestUnsealedAge'
  | 'oldestUnfinishedAge'
  | 'recalculationDrift'
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
  | 'cacheMisses'
  | 'runs'
  | 'batches'
  | 'batchRetries'
  | 'itemsProcessed'
  | 'itemsFailed'
  | 'ticksSkipped';

/** All metrics of Gamekeeper by what they tell. */
export type MetricCatalogue = Readonly<
  Record<GaugeName, MetricDefinition<'gauge'>> &
    Record<CounterName, MetricDefinition<'counter'>> &
    Record<'runDuration', MetricDefinition<'histogram'>>
>;

/**
 * Every metric of Gamekeeper. `/metrics`, OpenTelemetry, the reference in the docs and the Grafana dashboard are all made
 * from it.
 */
export const metricCatalogue: MetricCatalogue = {
  healthKnown: ofStore('health.known', '', 'Whether the health of jobs and checks could be told.'),
  healthy: ofStore('healthy', '', 'Whether no job and no check is in trouble.'),
  jobVerdict: ofStore('job.verdict', '', '1 for the verdict on the job, 0 for every other.', [job, verdict]),
  jobLag: ofStore(
    'job.lag',
    's',
    'Time since the newest tick that succeeded, or the registration or resumption.',
    [job],
  ),
  jobWindow: ofStore('job.window', 's', 'The most that the lag may be.', [job]),
  jobLastSuccess: ofStore('job.last_success.timestamp', 's', 'The newest tick that succeeded.', [job]),
  jobNextTick: ofStore('job.next_tick.timestamp', 's', 'The next tick.', [job]),
  jobRunning: ofStore('job.running', '', 'Whether a run is at work.', [job]),
  jobLastDuration: ofStore('job.last_duration', 's', 'How long the newest run that succeeded took.', [job]),
  jobUsualDuration: ofStore(
    'job.usual_duration',
    's',
    'The median of what the recent runs that succeeded took.',
    [job],
  ),
  jobFailedItems: ofStore('job.failed_items', '{item}', 'Items that failed in the newest run that ended.', [
    job,
  ]),
  checkHealthy: ofStore('check.healthy', '', '1 when all is well with what the check looks at, 0 when not.', [
    check,
  ]),
  outboxPending: ofStore('outbox.pending_events', '{event}', 'Events that were not delivered yet.'),
  outboxOldestAge: ofStore(
    'outbox.oldest_age',
    's',
    'Time since the first of these events happened; 0 when none waits.',
  ),
  outboxOldestWait: ofStore(
    'outbox.oldest_wait',
    's',
    'Time since the first of these events was written; 0 when none waits.',
  ),
  oldestUnsealedAge: ofStore(
    'oldest_unsealed_age',
    's',
    'Time since the end of the oldest period that is not sealed; 0 when none waits.',
  ),
  oldestUnfinishedAge: ofStore(
    'oldest_unfinished_age',
    's',
    'Time since the oldest period was sealed whose reset is not finished; 0 when none is unfinished.',
  ),
  recalculationDrift: ofStore(
    'recalculation.drift_members',
    '{member}',
    'Members of cached leaderboards that the newest recalculation put right.',
  ),

  alertsOwed: ofStore(
    'alerts.owed',
    '{alert}',
    'Alerts that a channel was to be told by now and was not; those that quiet hours hold back are not among them.',
  ),
  alertsOldestOwedAge: ofStore(
    'alerts.oldest_owed_age',
    's',
    'Time since the first of these alerts was raised; 0 when none is owed.',
  ),

  clockSkew: ofProcess(
    'gauge',
    'clock.skew',
    's',
    "By how much this host's clock is ahead of the store's; negative: behind.",
  ),
  degraded: ofProcess(
    'gauge',
    'degraded',
    '',
    'Whether something does not work that the host can do without for a while.',
  ),
  dependencyDegraded: ofProcess(
    'gauge',
    'dependency.degraded',
    '',
    '1 while it does not work, 0 when it does.',
    [dependency],
  ),
  dependencyOutages: ofProcess(
    'counter',
    'dependency.outages',
    '{outage}',
    'How often it began not to work.',
    [dependency],
  ),
  dependencyFailures: ofProcess(
    'counter',
    'dependency.failures',
    '{failure}',
    'Operations that failed: of `leaderboard-cache`, reads that the store served and updates that it missed.',
    [dependency, operation],
  ),
  cacheMisses: ofProcess(
    'counter',
    'leaderboard_cache.misses',
    '{read}',
    'Reads of boards that the cache did not hold whole, which the store served.',
  ),
  postgresConnections: ofProcess(
    'gauge',
    'postgres.connections',
    '{connection}',
    'Connections of the pool: `used` by somebody, or `idle`.',
    [connectionState],
  ),
  postgresConnectionsMax: ofProcess(
    'gauge',
    'postgres.connections.max',
    '{connection}',
    'How many connections the pool may have.',
  ),
  postgresConnectionsWaiting: ofProcess(
    'gauge',
    'postgres.connections.waiting',
    '{request}',
    'Who waits for a connection of the pool, all of which are used.',
  ),
  runs: ofProcess('counter', 'runs', '{run}', 'Attempts at runs that ended, by how.', [job, runEnd]),
  runDuration: ofProcess('histogram', 'run.duration', 's', 'How long attempts at runs took.', [job]),
  batches: ofProcess('counter', 'batches', '{batch}', 'Batches that were committed.', [job]),
  batchRetries: ofProcess('counter', 'batch.retries', '{retry}', 'Batches that threw and were tried again.', [
    job,
  ]),
  itemsProcessed: ofProcess('counter', 'items.processed', '{item}', 'Items that committed batches changed.', [
    job,
  ]),
  itemsFailed: ofProcess('counter', 'items.failed', '{item}', 'Items that failed alone.', [job]),
  ticksSkipped: ofProcess(
    'counter',
    'ticks.skipped',
    '{tick}',
    'Ticks that were recorded as skipped, by the reason.',
    [job, skipReason],
  ),
};

function ofStore(
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<'gauge'> {
  return { name: `gamekeeper.${name}`, kind: 'gauge', unit, help, labels, scope: 'store' };
}

function ofProcess<Kind extends MetricKind>(
  kind: Kind,
  name: string,
  unit: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition<Kind> {
  return { name: `gamekeeper.${name}`, kind, unit, help, labels, scope: 'process' };
}
