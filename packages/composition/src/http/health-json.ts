import {
  checkHealthJson,
  iso,
  isTrouble,
  jobHealthJson,
  maskedValue,
  withoutSecrets,
  type CheckHealth,
  type CheckHealthJson,
  type HostHealth,
  type JobHealth,
  type JobHealthJson,
} from '@gamekeeper/core';

/** What `/healthz` says: the jobs and the checks that are in trouble. */
export function troubleJson({ healthy, judgedAt, jobs, checks }: HostHealth): object {
  return {
    status: healthy ? 'healthy' : 'unhealthy',
    judgedAt: iso(judgedAt),
    trouble: [
      ...jobs.filter(({ verdict }) => isTrouble(verdict)).map(({ job, verdict }) => ({ job, verdict })),
      ...checks
        .filter(({ verdict }) => isTrouble(verdict))
        .map(({ check, verdict, severity }) => ({ check, verdict, severity })),
    ],
  };
}

/** What `/jobs` says: all of a host's health, with instants as text. */
export function healthJson(health: HostHealth): object {
  const { healthy, judgedAt, jobs, checks, outbox, oldestUnsealed, oldestUnfinished, drift } = health;
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
    drift: drift && { ...drift, tick: iso(drift.tick) },
  };
}

/** Health comes without secrets; a host that was put together by hand, or an older store, may not have seen to it. */
function checkJson(health: CheckHealth): CheckHealthJson {
  return maskedValue(checkHealthJson(health)) as CheckHealthJson;
}

function jobJson(health: JobHealth): JobHealthJson {
  const json = jobHealthJson(health);
  return { ...json, lastError: json.lastError && withoutSecrets(json.lastError) };
}
