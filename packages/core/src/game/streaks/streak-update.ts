import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { HOUR_MS, type Instant } from '../../engine/time/instant.ts';
import type { StreakRepository } from './streak-repository.ts';
import type { StreakRules } from './streak-rules.ts';
import { streakTick, type StreakTick } from './streak.ts';

/**
 * Returns the job that judges streaks at midnight: a streak in danger costs a protection or breaks.
 *
 * @param ports.timeZone the time zone of the job's schedule, or a function that returns it for a tick if it changes;
 *   it defines what a day is
 */
export function streakUpdate(ports: {
  readonly streaks: StreakRepository;
  readonly rules: RulesSource<StreakRules>;
  readonly timeZone: string | ((tick: Instant) => string);
}): JobDefinition {
  const { streaks } = ports;
  const rules = asRulesInForce(ports.rules);
  const tickAt = (asOf: Instant): StreakTick =>
    streakTick(
      asOf,
      typeof ports.timeZone === 'string' ? ports.timeZone : ports.timeZone(asOf),
      rules.at(asOf),
    );
  return defineJob({
    name: 'streak-update',
    schedule: { cron: '0 0 * * *' },
    missedTicks: 'every',
    appliedOnDemand: true,
    supportsDryRun: true,
    lateAfterMs: 25 * HOUR_MS,
    isIdle: async (asOf) => !(await streaks.isAnyInDanger(tickAt(asOf))),
    ...(streaks.divideDue && {
      shards: ({ asOf, max }) => streaks.divideDue!({ tick: tickAt(asOf), max }),
      maxShards: 1,
    }),
    items: ({ asOf, checkpoint, shard, limit, skip }) =>
      streaks.listDue({
        tick: tickAt(asOf),
        after: checkpoint,
        shard,
        limit,
        skip,
      }),
    batch: ({ tx, asOf, checkpoint, shard, limit, only, skip }) =>
      streaks.evaluateDue(tx, {
        tick: tickAt(asOf),
        after: checkpoint,
        shard,
        limit,
        only,
        skip,
      }),
  });
}
