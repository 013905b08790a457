import { GamekeeperError } from '../common/errors.ts';
import type { DomainEvent } from '../events/domain-event.ts';
import { wholeNumber } from '../common/options.ts';
import { createAbortController } from '../time/abort.ts';
import type { Instant } from '../time/instant.ts';
import { isTick, latestTick } from '../time/schedule.ts';
import type { DryRuns, Transaction } from '../transactions/transactions.ts';
import type { JobDefinition } from './job-definition.ts';
import { NotATickError } from './job-errors.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Json } from '../common/json.ts';

/** What a run would do. */
export interface DryRunReport {
  readonly job: string;
  readonly tick: Instant;
  /** How many items it would change, among those tried. */
  readonly processed: number;
  /** `false` if there was more to do than the limit. */
  readonly complete: boolean;
  /** The events that it would write for the items tried. */
  readonly events: readonly DomainEvent[];
}

/** A dry run was requested of a job without `supportsDryRun`. */
export class DryRunNotSupportedError extends GamekeeperError<'DRY_RUN_NOT_SUPPORTED'> {
  constructor(job: string) {
    super(
      'DRY_RUN_NOT_SUPPORTED',
      `The job ${job} does not support dry runs. If rolling back its transaction undoes everything, or its batch respects batch.dryRun, set \`supportsDryRun: true\` in defineJob.`,
    );
  }
}

const MOST_ITEMS = 100_000;

/**
 * Runs a job in a transaction that is rolled back. Returns what it would have changed.
 *
 * @param options.tick may be in the future; default: the newest by `now`
 * @param options.limit about how many items to try; changed rows stay locked until the end. Default 1,000.
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
      shard: null,
      limit: Math.min(limit - processed, job.maxBatchSize),
      only: null,
      skip: [],
      dryRun: true,
      signal,
    });
    processed += batch.processed;
    if (batch.next === null) {
      await job.finish?.({ tx, job: job.name, asOf: tick, processed, failedItems: 0, dryRun: true, signal });
      return { processed, complete: true };
    }
    checkpoint = batch.next;
  }
  return { processed, complete: false };
}
