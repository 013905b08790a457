import { MINUTE_MS } from '../../engine/time/instant.ts';
import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import type { LivesRepository } from './lives-repository.ts';
import { inForce, type Ruling } from '../../engine/rules/rules-in-force.ts';
import type { LivesRules } from './lives-rules.ts';

/** The job that gives lives back: at every tick, one life for each player who is due. */
export function lifeRegeneration(ports: {
  readonly lives: LivesRepository;
  readonly rules: Ruling<LivesRules>;
}): JobDefinition {
  const rules = inForce(ports.rules);
  return defineJob({
    name: 'life-regeneration',
    schedule: { cron: '*/30 * * * *' },
    missedTicks: 'every',
    appliedByPlayers: true,
    rehearsable: true,
    lateAfterMs: 35 * MINUTE_MS,
    isIdle: async (asOf) => !(await ports.lives.isAnyDue(asOf, rules.at(asOf))),
    items: ({ asOf, checkpoint, limit, skip }) =>
      ports.lives.due({ asOf, rules: rules.at(asOf), after: checkpoint, limit, skip }),
    batch: ({ tx, asOf, checkpoint, limit, only, skip }) =>
      ports.lives.regenerateDue(tx, { asOf, rules: rules.at(asOf), after: checkpoint, limit, only, skip }),
  });
}
