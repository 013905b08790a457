import {
  iso,
  type CheckHealth,
  type Degradation,
  type HostHealth,
  type JobHealth,
  type WithDates,
} from '@gamekeeper/core';
import {
  checkHealthJson,
  givenObject,
  isUnhealthy,
  jobHealthJson,
  redactValue,
  redactSecrets,
  type CheckHealthJson,
  type JobHealthJson,
} from '@gamekeeper/core/engine';

/**
 * Returns the body of `/healthz`: unhealthy jobs and checks, and unavailable optional dependencies. A host with the
 * status `degraded` is nevertheless healthy.
 */
export function troubleJson({ healthy, judgedAt, jobs, checks, degraded }: WithDates<HostHealth>): object {
  return {
    status: healthy ? (degraded.length > 0 ? 'degraded' : 'healthy') : 'unhealthy',
    judgedAt: iso(judgedAt),
    trouble: [
      ...jobs.filter(({ verdict }) => isUnhealthy(verdict)).map(({ job, verdict }) => ({ job, verdict })),
      ...checks
        .filter(({ verdict }) => isUnhealthy(verdict))
        .map(({ check, verdict, severity }) => ({ check, verdict, severity })),
    ],
    degraded: degraded.map(({ dependency, since, failures }) => ({
      dependency,
      since: iso(since),
      failures,
    })),
  };
}

/** Returns the body of `/jobs`: all of a host's health, with instants as text. */
export function healthJson(health: WithDates<HostHealth>): object {
  givenObject('health', health, 'must be what host.health() returned');
  const {
    healthy,
    judgedAt,
    jobs,
    checks,
    outbox,
    oldestUnsealed,
    oldestUnfinished,
    degraded,
    alerts,
    drift,
  } = health;
  return {
    healthy,
    judgedAt: iso(judgedAt),
    jobs: jobs.map(jobJson),
    checks: checks.map(checkJson),
    outbox,
    oldestUnsealed: oldestUnsealed && { ...oldestUnsealed, endedAt: iso(oldestUnsealed.endedAt) },
    oldestUnfinished: oldestUnfinished && {
      ...oldestUnfinished,
      sealedAt: iso(oldestUnfinished.sealedAt),
    },
    degraded: degraded.map(degradationJson),
    alerts,
    drift: drift && { ...drift, tick: iso(drift.tick) },
  };
}

function degradationJson({
  dependency,
  since,
  failures,
  lastFailureAt,
  error,
}: WithDates<Degradation>): object {
  return {
    dependency,
    since: iso(since),
    failures,
    lastFailureAt: iso(lastFailureAt),
    error: redactSecrets(error),
  };
}

/** Health has no secrets, but a host that was assembled by hand, or an older store, may not have masked them. */
function checkJson(health: WithDates<CheckHealth>): CheckHealthJson {
  return redactValue(checkHealthJson(health)) as CheckHealthJson;
}

function jobJson(health: WithDates<JobHealth>): JobHealthJson {
  const json = jobHealthJson(health);
  return { ...json, lastError: json.lastError && redactSecrets(json.lastError) };
}
