import { GamekeeperError } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { iso, type Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { PruneRequest, Prunable } from './prunable.ts';
import type { Run, RunStatus, SkipReason } from './run.ts';

/** The right to work on a run, held by one attempt of one instance while its fence is the largest. */
export interface Claim {
  readonly job: string;
  readonly tick: Instant;
  /** Larger than that of every earlier attempt; 1 for the first. */
  readonly fence: number;
  readonly instanceId: string;
  /** What an earlier attempt had behind it, or `null`. */
  readonly checkpoint: Json;
  /** Items that earlier attempts have committed. */
  readonly processed: number;
}

/** What came of asking for a run. */
export type ClaimOutcome =
  /** The run is the caller's. Its tick is the one asked for, or an earlier one of the job that was left unfinished. */
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Another attempt is at work on this job; ask again in `retryInMs` milliseconds. */
  | { readonly kind: 'held'; readonly tick: Instant; readonly instanceId: string; readonly retryInMs: number }
  /** The tick is settled. `pruned` ones were, long ago, and have no row any more: they never run again. */
  | { readonly kind: 'settled'; readonly status: Exclude<RunStatus, 'running'> | 'pruned' }
  /** The job is paused: none of its ticks is begun or gone on with until it is resumed. */
  | { readonly kind: 'paused' }
  /** By the store's clock its run may not begin yet, whatever the caller's says; ask again in `retryInMs` milliseconds. */
  | { readonly kind: 'ahead'; readonly retryInMs: number };

/** Who asks for the run of a tick. */
export interface RunRequest {
  readonly job: string;
  readonly tick: Instant;
  /** From when on the run may begin, by the store's clock: the tick plus the delay of its job. Default: the tick. */
  readonly notBefore?: Instant;
  readonly instanceId: string;
}

/** What a batch leaves behind in the ledger. */
export interface Progress {
  readonly checkpoint: Json;
  /** Items of the whole run so far. */
  readonly processed: number;
  /** Items of the whole run that are recorded as failed; as before where it is left out. */
  readonly failedItems?: number;
}

/** The checkpoint of a run that was complete before it was opened again. No job may use it as its own. */
export const COMPLETED_CHECKPOINT = '@gamekeeper/complete';

/** Which runs of a job to list. */
export interface RunsPage {
  /** Only ticks before this one: the last tick of the page before. */
  readonly before?: Instant;
  /** Only ticks from this one on. */
  readonly from?: Instant;
  /** Only runs that stand like one of these; all of them unless given. */
  readonly status?: readonly RunStatus[];
  readonly limit: number;
}

/**
 * What ran, what runs, and what must never run again.
 *
 * One row per job and tick, and at most one running run per job: both are the store's own guarantee, not a
 * convention. Leases end by the store's clock, and a tick that lies ahead of it is nobody's to run, so the clocks of
 * instances may differ as they like. Which jobs there are and how far each has come is the `JobRegistry`'s, in the
 * same store.
 * `runLedgerContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RunLedger extends Prunable {
  /**
   * Asks for the run of a tick; a first attempt costs the store one statement. While `notBefore` lies ahead of the
   * store's clock the answer is `ahead`, however the tick or the job stands, and nothing changes. A run of this job
   * whose lease has ended is taken over first, whichever its tick is, with a larger fence; one whose tick lies ahead
   * (the store's own clock was put back) is answered with `ahead` too.
   *
   * @param request.again also claims a tick that is settled as failed or skipped, for a run by hand
   */
  claim(request: RunRequest & { readonly leaseMs: number; readonly again?: boolean }): Promise<ClaimOutcome>;

  /**
   * Claims the run of a tick that has succeeded or failed, to do its failed items again. Like `claim`, it answers
   * `ahead` while `notBefore` does, and takes over an abandoned run of the job first, whichever its tick is. `settled` as skipped means that the tick has no run; as
   * anything else, that another attempt came first: ask again. The run of a tick that had
   * succeeded comes with the checkpoint {@link COMPLETED_CHECKPOINT}, so that whoever takes it over does not do it all again.
   */
  reopen(request: RunRequest & { readonly leaseMs: number }): Promise<ClaimOutcome>;

  /**
   * Records a tick that has nothing to do as succeeded, in one statement. Answers `false`, and changes nothing, when the
   * tick has a row already or had one that was pruned, another run of the job is at work, the job is paused, or
   * `notBefore` lies ahead of the store's clock.
   */
  recordIdleTick(request: RunRequest): Promise<boolean>;

  /** Prolongs a lease from now on. Answers `false` when the claim is not the newest any more. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;

  /**
   * Records a batch inside the transaction that holds its changes, and prolongs the lease.
   *
   * Inside a transaction it waits but a moment for a run that somebody else has locked: players may wait for what the
   * transaction holds.
   *
   * @param tx `null` when the batch changed nothing
   * @throws {LeaseLostError} when another attempt has taken over: the whole batch must be undone
   * @throws {RunLockedError} when the run stays locked: undo the batch, wait with `renew`, and do it again
   */
  advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void>;

  /**
   * Records the last batch and ends the run as succeeded, inside the transaction that holds its changes. The watermark
   * moves to the tick.
   *
   * @param tx `null` when the last batch changed nothing: then the end is all there is to commit
   * @throws {LeaseLostError}
   * @throws {RunLockedError} as `advance` does
   */
  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void>;

  /**
   * Ends the run as failed; the watermark moves to the tick. What its batches committed stays.
   *
   * @throws {LeaseLostError}
   */
  fail(claim: Claim, error: string): Promise<void>;

  /** Gives the run back at once, for another attempt to go on at the checkpoint. Does nothing when the lease is lost. */
  release(claim: Claim): Promise<void>;

  /**
   * Records ticks as skipped; the watermark moves to the last of them that is not being run. Ticks that have a row
   * already keep it, and those whose row was pruned get none. Ticks ahead of the store's clock are left out: no row, no
   * watermark. Answers those that were recorded now.
   *
   * @param ticks oldest first
   */
  skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]>;

  /** Runs of a job, newest tick first. */
  runs(job: string, page: RunsPage): Promise<readonly Run[]>;

  /**
   * Removes up to `limit` rows of ticks before an instant; answers how many. The newest success of each job stays, and
   * all after it, since catch-up and health begin there. A tick whose row was removed never runs again: not by the
   * schedule, since the watermark stays behind it, nor by hand.
   */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}

/** Another attempt has taken the run over; what this one did since its last commit is undone. */
export class LeaseLostError extends GamekeeperError<'LEASE_LOST'> {
  constructor(claim: Pick<Claim, 'job' | 'tick' | 'fence'>) {
    super(
      'LEASE_LOST',
      `Attempt ${claim.fence} of ${claim.job} at ${iso(claim.tick)} lost its lease to a later one and was undone; nothing needs to be done, but if this comes often, raise engine.leaseMs.`,
    );
  }
}

/** Somebody else's transaction has the run's row locked, so that a batch cannot be recorded; nothing is wrong with it. */
export class RunLockedError extends GamekeeperError<'RUN_LOCKED'> {
  constructor(claim: Pick<Claim, 'job' | 'tick'>, cause: unknown) {
    super(
      'RUN_LOCKED',
      `The run of ${claim.job} at ${iso(claim.tick)} is locked by another transaction; the batch was undone and is done again when that has ended.`,
      { cause },
    );
  }
}
