import { MINUTE_MS } from '../../engine/time/instant.ts';
import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import type { LivesRepository } from './lives-repository.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { LivesRules } from './lives-rules.ts';

/** Returns the job that regenerates lives: at every tick, one life for each player who is due. */
export function lifeRegeneration(ports: {
  readonly lives: LivesRepository;
  readonly rules: RulesSource<LivesRules>;
}): JobDefinition {
  const rules = asRulesInForce(ports.rules);
  return defineJob({
    name: 'life-regeneration',
    schedule: { cron: '*/30 * * * *' },
    missedTicks: 'every',
    appliedOnDemand: true,
    supportsDryRun: true,
    lateAfterMs: 35 * MINUTE_MS,
    isIdle: async (asOf) => !(await ports.lives.isAnyDue(asOf, rules.at(asOf))),
    items: ({ asOf, checkpoint, limit, skip }) =>
      ports.lives.listDue({ asOf, rules: rules.at(asOf), after: checkpoint, limit, skip }),
    batch: ({ tx, asOf, checkpoint, limit, only, skip }) =>
      ports.lives.regenerateDue(tx, { asOf, rules: rules.at(asOf), after: checkpoint, limit, only, skip }),
  });
}
