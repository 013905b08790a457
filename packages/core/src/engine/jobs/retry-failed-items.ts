import type { AbortSignalLike } from '../time/abort.ts';
import { addMs, type Instant } from '../time/instant.ts';
import { failedItemsOf, type FailedItem } from './failed-items.ts';
import type { JobDefinition } from './job-definition.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { TickOutcome } from './tick-outcome.ts';
import type { Claim, ClaimOutcome } from './run-ledger.ts';
import type { JobRunner } from './job-runner.ts';
import type { AttemptReport } from './run-observer.ts';

/** The outcome of retrying the failed items of a tick. */
export type RetryOutcome =
  /** `succeeded`: how many items have succeeded now; `failed`: the items still recorded as failed. */
  | { readonly kind: 'retried'; readonly succeeded: number; readonly failed: readonly FailedItem[] }
  /**
   * Another attempt is active on this job, or the tick is in the future, was skipped, or is no longer in the ledger.
   */
  | Exclude<ClaimOutcome, { kind: 'claimed' | 'divided' }>
  /** The engine stops. */
  | { readonly kind: 'stopped' };

/**
 * Retries the failed items of a tick, with the tick as the current time, under a claim of its run; an unfinished run
 * then continues from its checkpoint. An abandoned run of the job, and shards of this run in progress, run first.
 *
 * @param job one with items
 */
export async function retryFailedItems({
  job,
  tick,
  instanceId,
  ports,
  runner,
  stopping,
  workOnShards,
}: {
  readonly job: JobDefinition;
  readonly tick: Instant;
  readonly instanceId: string;
  readonly ports: Pick<EnginePorts, 'ledger' | 'failedItems' | 'leaseMs'>;
  readonly runner: JobRunner;
  readonly stopping: AbortSignalLike;
  /** Works on the shards of a divided run. */
  readonly workOnShards: (tick: Instant) => Promise<TickOutcome>;
}): Promise<RetryOutcome> {
  const { ledger, failedItems, leaseMs } = ports;
  const of = { job: job.name, tick };
  const before = (await failedItemsOf(failedItems, of)).map(({ item }) => item);
  if (before.length === 0) return { kind: 'retried', succeeded: 0, failed: [] };
  const execute = (claim: Claim): Promise<AttemptReport> =>
    runner.execute(job, claim, stopping, { again: claim.tick === tick ? before : [] });
  let tried = false;
  while (!stopping.aborted) {
    const outcome = await ledger.reopen({ ...of, notBefore: addMs(tick, job.delayMs), instanceId, leaseMs });
    // The run that blocked the claim has ended meanwhile.
    if (outcome.kind === 'done' && outcome.status !== 'skipped') continue;
    if (outcome.kind !== 'claimed' && outcome.kind !== 'divided') return outcome;
    const ran =
      outcome.kind === 'divided'
        ? await workOnShards(outcome.tick)
        : { kind: 'ran' as const, report: await execute(outcome.claim) };
    if (ran.kind !== 'ran') return ran;
    const { report } = ran;
    if (report.tick !== tick) continue;
    // The end of shards that were in progress is not enough: the items are tried by an attempt at the whole run.
    tried ||= outcome.kind === 'claimed' && report.end !== 'lost';
    const ended = report.end === 'succeeded' || report.end === 'failed';
    if (!ended || !tried) continue;
    const failed = await failedItemsOf(failedItems, of);
    const still = new Set(failed.map(({ item }) => item));
    return { kind: 'retried', succeeded: before.filter((item) => !still.has(item)).length, failed };
  }
  return { kind: 'stopped' };
}
