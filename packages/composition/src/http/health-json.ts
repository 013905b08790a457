import {
  iso,
  isTrouble,
  jobHealthJson,
  type HostHealth,
  type JobHealth,
  type JobHealthJson,
} from '@gamekeeper/core';
import { withoutSecrets } from './without-secrets.ts';

/** What `/healthz` says: the jobs that are in trouble. */
export function troubleJson({ healthy, judgedAt, jobs }: HostHealth): object {
  return {
    status: healthy ? 'healthy' : 'unhealthy',
    judgedAt: iso(judgedAt),
    trouble: jobs.filter(({ verdict }) => isTrouble(verdict)).map(({ job, verdict }) => ({ job, verdict })),
  };
}

/** What `/jobs` says: all of a host's health, with instants as text. */
export function healthJson({ healthy, judgedAt, jobs, outbox, oldestUnsealed, drift }: HostHealth): object {
  return {
    healthy,
    judgedAt: iso(judgedAt),
    jobs: jobs.map(jobJson),
    outbox,
    oldestUnsealed: oldestUnsealed && { ...oldestUnsealed, endedAt: iso(oldestUnsealed.endedAt) },
    drift: drift && { ...drift, tick: iso(drift.tick) },
  };
}

function jobJson(health: JobHealth): JobHealthJson {
  const json = jobHealthJson(health);
  return { ...json, lastError: json.lastError && withoutSecrets(json.lastError) };
}
