import { GamekeeperError } from '../common/errors.ts';
import type { DomainEvent } from '../events/domain-event.ts';
import { wholeNumber } from '../common/options.ts';
import { createAbortController } from '../time/abort.ts';
import type { Instant } from '../time/instant.ts';
import { isTick, latestTick } from '../time/schedule.ts';
import type { DryRuns, Transaction } from '../transactions/transactions.ts';
import type { JobDefinition } from './job-definition.ts';
import { NotATickError } from './job-engine.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Json } from '../common/json.ts';

/** What a run would do. */
export interface DryRunReport {
  readonly job: string;
  readonly tick: Instant;
  /** How many items it would change, as far as it was tried. */
  readonly processed: number;
  /** `false` when there was more to do than was tried. */
  readonly complete: boolean;
  /** The events that it would write, as far as it was tried. */
  readonly events: readonly DomainEvent[];
}

/** A dry run was asked for of a job that has not said that undoing its transaction undoes all that it does. */
export class DryRunNotSupportedError extends GamekeeperError<'DRY_RUN_NOT_SUPPORTED'> {
  constructor(job: string) {
    super(
      'DRY_RUN_NOT_SUPPORTED',
      `The job ${job} may do more than its transaction holds, which could not be undone; if it does not, or if it heeds batch.dryRun, give it \`supportsDryRun: true\` in defineJob.`,
    );
  }
}

const MOST_ITEMS = 100_000;

/**
 * Runs a job in a transaction that is undone, and tells what it would have changed.
 *
 * @param options.tick may lie ahead; the newest by `now` unless given
 * @param options.limit about how many items to try; the rows that they change stay locked until all are tried. Default
 *   1,000.
 * @throws {NotATickError} {@link DryRunNotSupportedError} {@link InvalidOptionError}
 */
export async function dryRun(
  dryRuns: DryRuns,
  { job, schedule }: ScheduledJob,
  now: Instant,
  options: { readonly tick?: Instant; readonly limit?: number } = {},
): Promise<DryRunReport> {
  const { limit = 1_000 } = options;
  wholeNumber('limit', limit, { min: 1, max: MOST_ITEMS });
  const tick = options.tick ?? latestTick(schedule, now);
  if (tick === null || !isTick(schedule, tick)) throw new NotATickError(job.name, tick ?? now, schedule);
  if (!job.supportsDryRun) throw new DryRunNotSupportedError(job.name);
  const { result, events } = await dryRuns.dryRun((tx) => batches(tx, job, tick, limit));
  return { job: job.name, tick, ...result, events };
}

async function batches(
  tx: Transaction,
  job: JobDefinition,
  tick: Instant,
  limit: number,
): Promise<{ readonly processed: number; readonly complete: boolean }> {
  const { signal } = createAbortController();
  let processed = 0;
  for (let checkpoint: Json = null; processed < limit;) {
    const batch = await job.batch({
      tx,
      job: job.name,
      asOf: tick,
      checkpoint,
      limit: Math.min(limit - processed, job.maxBatchSize),
      only: null,
      skip: [],
      dryRun: true,
      signal,
    });
    processed += batch.processed;
    if (batch.next === null) return { processed, complete: true };
    checkpoint = batch.next;
  }
  return { processed, complete: false };
}
