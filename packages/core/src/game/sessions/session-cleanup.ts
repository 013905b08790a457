import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { MINUTE_MS } from '../../engine/time/instant.ts';
import type { SessionRepository } from './session-repository.ts';

/** Returns the job that expires quizzes that were not completed in time. */
export function sessionCleanup(ports: { readonly sessions: SessionRepository }): JobDefinition {
  const { sessions } = ports;
  return defineJob({
    name: 'session-cleanup',
    schedule: { cron: '0 * * * *' },
    missedTicks: 'every',
    supportsDryRun: true,
    lateAfterMs: 65 * MINUTE_MS,
    isIdle: async (asOf) => !(await sessions.isAnyAbandoned(asOf)),
    ...(sessions.divideDue && {
      shards: ({ asOf, max }) => sessions.divideDue!({ asOf, max }),
      maxShards: 1,
    }),
    items: ({ asOf, checkpoint, shard, limit, skip }) =>
      sessions.listDue({ asOf, after: checkpoint, shard, limit, skip }),
    batch: ({ tx, asOf, checkpoint, shard, limit, only, skip }) =>
      sessions.expireDue(tx, { asOf, after: checkpoint, shard, limit, only, skip }),
  });
}
