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
  const { lives } = ports;
  const rules = asRulesInForce(ports.rules);
  return defineJob({
    name: 'life-regeneration',
    schedule: { cron: '*/30 * * * *' },
    missedTicks: 'every',
    appliedOnDemand: true,
    supportsDryRun: true,
    lateAfterMs: 35 * MINUTE_MS,
    isIdle: async (asOf) => !(await lives.isAnyDue(asOf, rules.at(asOf))),
    ...(lives.divideDue && {
      shards: ({ asOf, max }) => lives.divideDue!({ asOf, rules: rules.at(asOf), max }),
      maxShards: 1,
    }),
    items: ({ asOf, checkpoint, shard, limit, skip }) =>
      lives.listDue({ asOf, rules: rules.at(asOf), after: checkpoint, shard, limit, skip }),
    batch: ({ tx, asOf, checkpoint, shard, limit, only, skip }) =>
      lives.regenerateDue(tx, { asOf, rules: rules.at(asOf), after: checkpoint, shard, limit, only, skip }),
  });
}
