import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { MINUTE_MS } from '../../engine/time/instant.ts';
import type { SessionRepository } from './session-repository.ts';

/** Returns the job that expires quizzes that were not completed in time. */
export function sessionCleanup(ports: { readonly sessions: SessionRepository }): JobDefinition {
  return defineJob({
    name: 'session-cleanup',
    schedule: { cron: '0 * * * *' },
    missedTicks: 'every',
    supportsDryRun: true,
    lateAfterMs: 65 * MINUTE_MS,
    isIdle: async (asOf) => !(await ports.sessions.isAnyAbandoned(asOf)),
    items: ({ asOf, checkpoint, limit, skip }) =>
      ports.sessions.listDue({ asOf, after: checkpoint, limit, skip }),
    batch: ({ tx, asOf, checkpoint, limit, only, skip }) =>
      ports.sessions.expireDue(tx, { asOf, after: checkpoint, limit, only, skip }),
  });
}
