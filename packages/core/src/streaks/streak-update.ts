import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import { HOUR_MS } from '../time/instant.ts';
import type { StreakRepository } from './streak-repository.ts';
import type { StreakRules } from './streak-rules.ts';
import { streakTick } from './streak.ts';

/**
 * The job that judges streaks at midnight: those in danger cost a protection or break.
 *
 * @param ports.zone the zone of the job's schedule: it decides what a day is
 */
export function streakUpdate(ports: {
  readonly streaks: StreakRepository;
  readonly rules: StreakRules;
  readonly zone: string;
}): JobDefinition {
  return defineJob({
    name: 'streak-update',
    schedule: { cron: '0 0 * * *' },
    missedTicks: 'every',
    rehearsable: true,
    lateAfterMs: 25 * HOUR_MS,
    isIdle: async (asOf) => !(await ports.streaks.isAnyInDanger(streakTick(asOf, ports.zone, ports.rules))),
    items: ({ asOf, checkpoint, limit, skip }) =>
      ports.streaks.due({
        tick: streakTick(asOf, ports.zone, ports.rules),
        after: checkpoint,
        limit,
        skip,
      }),
    batch: ({ tx, asOf, checkpoint, limit, only, skip }) =>
      ports.streaks.evaluateDue(tx, {
        tick: streakTick(asOf, ports.zone, ports.rules),
        after: checkpoint,
        limit,
        only,
        skip,
      }),
  });
}
