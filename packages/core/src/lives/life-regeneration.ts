import { MINUTE_MS } from '../time/instant.ts';
import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import type { LivesRepository } from './lives-repository.ts';
import type { LivesRules } from './lives-rules.ts';

/** The job that gives lives back: at every tick, one life for each player who is due. */
export function lifeRegeneration(ports: {
  readonly lives: LivesRepository;
  readonly rules: LivesRules;
}): JobDefinition {
  return defineJob({
    name: 'life-regeneration',
    schedule: { cron: '*/30 * * * *' },
    missedTicks: 'every',
    rehearsable: true,
    lateAfterMs: 35 * MINUTE_MS,
    isIdle: async (asOf) => !(await ports.lives.isAnyDue(asOf, ports.rules)),
    items: ({ asOf, checkpoint, limit, skip }) =>
      ports.lives.due({ asOf, rules: ports.rules, after: checkpoint, limit, skip }),
    batch: ({ tx, asOf, checkpoint, limit, only, skip }) =>
      ports.lives.regenerateDue(tx, { asOf, rules: ports.rules, after: checkpoint, limit, only, skip }),
  });
}
