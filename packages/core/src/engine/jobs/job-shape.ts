import { InvalidOptionError } from '../common/errors.ts';
import {
  assertKnownOptions,
  givenFunction,
  givenObject,
  requiredOptions,
  storableText,
} from '../common/options.ts';
import { instant, type InstantLike } from '../time/instant.ts';

const JOB_OPTIONS = [
  'name',
  'schedule',
  'missedTicks',
  'appliedOnDemand',
  'catchUpWindowMs',
  'delayMs',
  'lateAfterMs',
  'failing',
  'maxBatchSize',
  'targetBatchMs',
  'retry',
  'retryRun',
  'timeoutMs',
  'maxFailureRate',
  'supportsDryRun',
  'items',
  'isIdle',
  'shards',
  'maxShards',
  'finish',
  'batch',
];
/** What only the definition of a job says. */
const DEFINITION_OPTIONS = [
  'name',
  'appliedOnDemand',
  'supportsDryRun',
  'items',
  'isIdle',
  'shards',
  'finish',
  'batch',
];

/** The names of the options of a job that a host may override. */
export const overridableJobOptions: readonly string[] = JOB_OPTIONS.filter(
  (option) => !DEFINITION_OPTIONS.includes(option),
);

const RETRY_OPTIONS = ['maxAttempts', 'initialDelayMs', 'maxDelayMs'];

/**
 * Checks the names and kinds of a job's options; `defineJob` checks the numbers where it fills in defaults.
 *
 * @throws {InvalidOptionError} naming the option, prefixed with the job's name
 */
export function assertJobShape(name: string, options: object): void {
  const {
    schedule,
    failing,
    retry,
    retryRun,
    appliedOnDemand,
    supportsDryRun,
    items,
    isIdle,
    shards,
    finish,
    batch,
  } = options as Readonly<Record<string, object | undefined>>;
  assertKnownOptions(`${name}.`, options, JOB_OPTIONS);
  for (const [option, value] of Object.entries(options)) {
    // A definition has null where it has no retry of runs, and may be defined anew from itself.
    if (value === null && option !== 'retryRun')
      throw new InvalidOptionError(`${name}.${option}`, null, 'must be left out for its default');
  }
  givenObject(`${name}.schedule`, schedule!, 'must be an object with cron and timeZone, or with at');
  assertSchedule(`${name}.schedule`, schedule!);
  assertKnownOptions(`${name}.failing.`, failing, ['consecutiveFailures', 'failureRate', 'sampleSize']);
  assertKnownOptions(`${name}.retry.`, retry, RETRY_OPTIONS);
  if (retryRun !== null) assertKnownOptions(`${name}.retryRun.`, retryRun, RETRY_OPTIONS);
  for (const [option, flag] of Object.entries({ appliedOnDemand, supportsDryRun })) {
    if (flag !== undefined && typeof flag !== 'boolean')
      throw new InvalidOptionError(`${name}.${option}`, flag, 'must be true or false');
  }
  for (const [option, given] of Object.entries({ items, isIdle, shards, finish }))
    if (given !== undefined) givenFunction(`${name}.${option}`, given);
  givenFunction(`${name}.batch`, batch, 'must be a function that runs one batch');
}

function assertSchedule(path: string, schedule: object): void {
  if ('at' in schedule) {
    assertKnownOptions(`${path}.`, schedule, ['at']);
    try {
      instant(schedule.at as InstantLike);
    } catch (cause) {
      const requirement = 'must be a Date, ISO text with its time zone, or milliseconds since 1970';
      throw new InvalidOptionError(`${path}.at`, schedule.at, requirement, { cause });
    }
    return;
  }
  const { cron } = requiredOptions(`${path}.`, schedule, ['cron', 'timeZone']) as { cron?: unknown };
  storableText(`${path}.cron`, cron, 'must be a cron expression such as "0 7 * * *"');
}
