export { described, hiddenValue } from './common/errors.ts';
export { givenLogger } from './common/logger.ts';
export {
  assertKnownOptions,
  givenFunction,
  givenList,
  givenObject,
  knownOptions,
  requiredOptions,
  storableText,
  wholeNumber,
  withMethods,
} from './common/options.ts';
export { createAbortController } from './time/abort.ts';
export { endsWithin, givenClock, sleep } from './time/clock.ts';
export { each, orNull, toDate, withDates, type ToDates } from './time/with-dates.ts';
export { ScheduleWithExtraTicks } from './time/schedule-with-extra-ticks.ts';
export { isTick, latestTick, timeZoneAt } from './time/schedule.ts';
export { localTime } from './time/zones.ts';
export { withOneTimeSchedules } from './time/one-time-schedule.ts';
export { StoreClock } from './time/store-clock.ts';
export { backoffMs } from './jobs/backoff.ts';
export { dryRun } from './jobs/dry-run.ts';
export { durationBucketsMs } from './jobs/duration-buckets.ts';
export { failedItemCursor, failureText } from './jobs/failed-items.ts';
export { registrationOf } from './jobs/job-definition.ts';
export { overridableJobOptions } from './jobs/job-shape.ts';
export { JobEngine, type RegistrationMode } from './jobs/job-engine.ts';
export { courierCheck, courierLimits, type CourierLimits } from './jobs/courier-check.ts';
export { DEFAULT_BELL_MS, type CourierRole } from './jobs/dispatch.ts';
export { InProcessCourier } from './jobs/in-process-courier.ts';
export type { EnginePorts } from './jobs/engine-ports.ts';
export { JobTimelines } from './jobs/job-timelines.ts';
export {
  PLAYERS_REFRESH_MS,
  RUNS_REFRESH_MS,
  RecordRefresher,
  recordedTicks,
  type RecordedTicks,
} from './jobs/recorded-ticks.ts';
export { retention, retentionRules } from './jobs/retention.ts';
export { TimerScheduler } from './jobs/timer-scheduler.ts';
export { loggingObserver } from './jobs/logging-observer.ts';
export { DEFAULT_KEPT_LOG_LINES, RunLog } from './jobs/run-log.ts';
export { combineObservers } from './jobs/run-observer.ts';
export { EventRelay } from './events/event-relay.ts';
export { outboxCheck, outboxLimits } from './events/outbox-check.ts';
export { partitionOf, subjectOf } from './events/subject.ts';
export { AlertDelivery } from './health/alert-delivery.ts';
export { assertAlertRoutes } from './health/alert-routes.ts';
export { checkHealthJson, type CheckHealthJson } from './health/check-health-json.ts';
export { clockCheck } from './health/clock-check.ts';
export { ClockWatch } from './health/clock-watch.ts';
export { engineHealth } from './health/engine-health.ts';
export { HealthWatch, type Heartbeat } from './health/health-watch.ts';
export type { InspectionPorts } from './health/inspection.ts';
export { jobHealthJson, type InstantsAsText, type JobHealthJson } from './health/job-health-json.ts';
export { Outage } from './health/outage.ts';
export { Outages } from './health/outages.ts';
export { subjectKey } from './health/subject-key.ts';
export { formatDuration } from './health/format-duration.ts';
export { isUnhealthy } from './health/verdict.ts';
export { metricLabels } from './metrics/engine-metrics.ts';
export { RunCounters } from './metrics/run-counters.ts';
export { gauge, inSeconds } from './metrics/health-metrics.ts';
export {
  prometheusLabel,
  prometheusName,
  readMetric,
  type HistogramSample,
  type MeasuredMetric,
} from './metrics/metric.ts';
export { RulesTimeline } from './rules/rules-timeline.ts';
export { logLine } from './common/log-line.ts';
export { errorText } from './secrets/error-text.ts';
export { isDate, isError } from './common/realms.ts';
export { redactingLogger } from './secrets/redacting-logger.ts';
export { redactValue } from './secrets/redact-value.ts';
export { redactSecrets } from './secrets/redact-secrets.ts';
