import { instant, iso, type JobAlert } from '@gamekeeper/core';

const raisedAt = instant('2026-11-24T10:36:00Z');

/** Returns an example for tests of alert channels: the alert that a job is late since 2026-11-24 10:36 UTC. */
export function lateJobAlert(job: string): JobAlert {
  return {
    key: `late:${job}:${iso(raisedAt)}`,
    kind: 'unhealthy',
    subject: 'job',
    job,
    verdict: 'late',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `${job} is late: last success 2026-11-24T10:00:00.000Z, 36 min ago`,
    health: {
      job,
      verdict: 'late',
      lastSuccessTick: instant('2026-11-24T10:00:00Z'),
      lagMs: 2_160_000,
      windowMs: 2_100_000,
      lastDurationMs: 412,
      usualDurationMs: 390,
      failedItems: 0,
      recentRuns: 10,
      recentFailures: 0,
      lastError: null,
      nextTick: instant('2026-11-24T11:00:00Z'),
      aheadThrough: null,
      runningTick: null,
      runningSince: null,
    },
  };
}
