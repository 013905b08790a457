import { GamekeeperError, InvalidOptionError } from '../../engine/common/errors.ts';
import { assertKnownOptions, givenObject, knownOptions, wholeNumber } from '../../engine/common/options.ts';
import { NotATickError } from '../../engine/jobs/job-errors.ts';
import type { ScheduledJob } from '../../engine/jobs/scheduled-job.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { instant, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import { isTick, timeZoneAt } from '../../engine/time/schedule.ts';
import type { LivesRepository } from '../lives/lives-repository.ts';
import { livesRules, type LivesRules } from '../lives/lives-rules.ts';
import type { StreakRepository } from '../streaks/streak-repository.ts';
import { streakRules, type StreakRules } from '../streaks/streak-rules.ts';
import { streakTick } from '../streaks/streak.ts';
import type { ComparedLives, ComparedStreak, Comparison, LivesCounts, StreakCounts } from './comparison.ts';

interface Report<Job extends string, Rules> {
  readonly job: Job;
  readonly tick: Instant;
  readonly rules: { readonly current: Rules; readonly proposed: Rules };
}

type PlainLivesRules = Pick<LivesRules, 'maxLives' | 'regenMinutes'>;

/** What a tick would do with other rules, beside what it would do with the rules in force. */
export type WhatIfReport =
  | (Report<'streak-update', StreakRules> & Comparison<StreakCounts, ComparedStreak>)
  | (Report<'life-regeneration', PlainLivesRules> & Comparison<LivesCounts, ComparedLives>);

/** The question of `host.whatIf`. */
export interface WhatIfOptions {
  /**
   * The rules to try, such as `{ breakAfterHours: 36 }`; the others stay. They count as if they had always been in
   * force.
   */
  readonly rules: Partial<StreakRules> | Partial<PlainLivesRules>;
  /** An instant of the job's schedule, may be in the future. Default: the next one. */
  readonly tick?: InstantLike;
  /** The maximum number of players in the sample, from 0 to 100. Default 10. */
  readonly sample?: number;
}

/** What {@link whatIf} reads. */
export interface WhatIfPorts {
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  /** The recorded rules. */
  readonly rules: { readonly lives: RulesSource<LivesRules>; readonly streaks: RulesSource<StreakRules> };
}

/** Other rules cannot be tried on this job, or not in this store. */
export class WhatIfNotSupportedError extends GamekeeperError<'WHAT_IF_NOT_SUPPORTED'> {
  constructor(job: string, reason: string) {
    super(
      'WHAT_IF_NOT_SUPPORTED',
      `Other rules cannot be tried on the job ${job}: ${reason}. Use streak-update or life-regeneration, or try a whole history with \`gamekeeper replay\`.`,
    );
  }
}

/**
 * Returns what a tick would do with other rules, and what it would do with the rules in force: to the players as they
 * are stored now. Reads only; the store counts.
 *
 * @throws {InvalidOptionError} {@link NotATickError} {@link WhatIfNotSupportedError}
 */
export async function whatIf(
  ports: WhatIfPorts,
  scheduled: ScheduledJob,
  now: Instant,
  options: WhatIfOptions,
): Promise<WhatIfReport> {
  givenObject('options', options, 'must be { rules, tick?, sample? }');
  const { rules, tick: given, sample = 10 } = knownOptions(options, ['rules', 'tick', 'sample']);
  givenObject('rules', rules, 'must be an object of rules such as { breakAfterHours: 36 }');
  wholeNumber('sample', sample, { min: 0, max: 100 });
  const { job, schedule } = scheduled;
  const tick = given === undefined ? schedule.next(now) : instant(given);
  if (tick === null || !isTick(schedule, tick)) throw new NotATickError(job.name, tick ?? now, schedule);
  if (job.name === 'streak-update')
    return ofStreaks(ports, { tick, zone: timeZoneAt(schedule, tick), rules, sample });
  if (job.name === 'life-regeneration') return ofLives(ports, { tick, rules, sample });
  throw new WhatIfNotSupportedError(job.name, 'no rule of a player decides there');
}

interface Question {
  readonly tick: Instant;
  readonly rules: object;
  readonly sample: number;
}

async function ofStreaks(
  { streaks, rules }: WhatIfPorts,
  { tick, zone, rules: given, sample }: Question & { readonly zone: string },
): Promise<WhatIfReport> {
  const current = asRulesInForce(rules.streaks).at(tick);
  const changed: Partial<StreakRules> = checked(given, current);
  const { maxProtections = current.maxProtections } = changed;
  const initialProtections = Math.min(current.initialProtections, maxProtections);
  const proposed = streakRules({ ...current, initialProtections, ...changed });
  if (!streaks.compareTicks) throw new WhatIfNotSupportedError('streak-update', 'the store does not compare');
  const comparison = await streaks.compareTicks({
    current: streakTick(tick, zone, current),
    proposed: streakTick(tick, zone, proposed),
    sample,
  });
  return { job: 'streak-update', tick, rules: { current, proposed }, ...comparison };
}

async function ofLives(
  { lives, rules }: WhatIfPorts,
  { tick, rules: given, sample }: Question,
): Promise<WhatIfReport> {
  const inForce = asRulesInForce(rules.lives).at(tick);
  const current = livesRules({ maxLives: inForce.maxLives, regenMinutes: inForce.regenMinutes });
  const proposed = livesRules({ ...current, ...checked(given, current) });
  if (!lives.compareRules)
    throw new WhatIfNotSupportedError('life-regeneration', 'the store does not compare');
  const comparison = await lives.compareRules({ asOf: tick, current: inForce, proposed, sample });
  return { job: 'life-regeneration', tick, rules: { current, proposed }, ...comparison };
}

/** Returns the given rules if each of them is one of the job's. */
function checked<Rules extends object>(given: object, current: Rules): Partial<Rules> {
  const names = Object.keys(current);
  assertKnownOptions('rules.', given, names);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  if (set.length === 0)
    throw new InvalidOptionError('rules', given, `must have at least one of ${names.join(', ')}`);
  return Object.fromEntries(set) as Partial<Rules>;
}
