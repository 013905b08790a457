import { GamekeeperError } from '../common/errors.ts';
import { iso } from '../time/instant.ts';
import type { Json } from '../common/json.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Attempt } from './attempt.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Division } from './division.ts';
import type { JobDefinition } from './job-definition.ts';
import { FINISHING_CHECKPOINT, type Claim } from './run-ledger.ts';
import { nextOfDivided, type JoinedRun, type ShardLedger } from './shard-ledger.ts';
import { withRetries } from './with-retries.ts';

/** A run is divided into shards, and this host cannot work on them. */
export class ShardsNotSupportedError extends GamekeeperError<'SHARDS_NOT_SUPPORTED'> {
  constructor({ job, tick }: Pick<Claim, 'job' | 'tick'>) {
    super(
      'SHARDS_NOT_SUPPORTED',
      `The run of ${job} at ${iso(tick)} is divided into shards, and the job of this host defines no \`shards\` (or its store has no ledger of them); run the tick again from a host that does.`,
    );
  }
}

/** Shards of a run failed; the others have ended. */
export class ShardsFailedError extends GamekeeperError<'SHARDS_FAILED'> {
  constructor(failures: JoinedRun['failures']) {
    const first = failures[0]!;
    super(
      'SHARDS_FAILED',
      `${failures.length} shards failed (shard ${first.index}: ${first.error}); fix the cause, then run the tick again with host.runNow: only these shards are repeated.`,
    );
  }
}

/**
 * Divides the run of an attempt into shards, if its job says so and nothing of it is done yet; or divides it again, if
 * shards have failed. Returns whether the run is divided now.
 *
 * @throws {TypeError} if the job's `shards` returns something else than a division
 */
export async function divideRun(ports: EnginePorts, attempt: Attempt): Promise<boolean> {
  const { job, claim } = attempt;
  const { shardLedger } = ports;
  const { shards } = job;
  const isDivided = nextOfDivided(claim.checkpoint) !== undefined;
  if (!shards || !shardLedger) {
    if (isDivided) throw new ShardsNotSupportedError(claim);
    return false;
  }
  if (isDivided) {
    await withRetries(attempt, () => attempt.waitFor(shardLedger.divideAgain(claim)));
    await sendOpenShards(ports, shardLedger, claim);
    return true;
  }
  if (claim.checkpoint !== null || claim.processed > 0 || job.maxShards < 2) return false;
  const division = await withRetries(attempt, () =>
    attempt.waitFor(shards({ asOf: claim.tick, max: job.maxShards })),
  );
  assertDivision(job, division);
  const { parts, next } = division;
  if (parts.length < 2) return false;
  const divided = { parts, next: next ?? FINISHING_CHECKPOINT };
  await withRetries(attempt, () => attempt.waitFor(divideAndSend(ports, shardLedger, claim, divided)));
  return true;
}

/** Divides a run, and sends its shards in the same transaction if possible. */
async function divideAndSend(
  { shardSender }: EnginePorts,
  shardLedger: ShardLedger,
  claim: Claim,
  divided: { readonly parts: readonly Json[]; readonly next: Json },
): Promise<void> {
  const shards = { indexes: divided.parts.map((_, index) => index), count: divided.parts.length };
  let couldSend = true;
  const sendWithin = (tx: Transaction): Promise<void> =>
    shardSender!.send(claim, shards, tx).catch((error: unknown) => {
      couldSend = false;
      throw error;
    });
  if (shardSender?.joinsTransaction) {
    try {
      return await shardLedger.divide(claim, divided, sendWithin);
    } catch (error) {
      // A courier that is away must not keep the run from being divided.
      if (couldSend) throw error;
    }
  }
  await shardLedger.divide(claim, divided);
  await shardSender?.send(claim, shards);
}

async function sendOpenShards(
  { shardSender }: EnginePorts,
  shardLedger: ShardLedger,
  claim: Claim,
): Promise<void> {
  if (!shardSender) return;
  const shards = await shardLedger.list(claim.job, claim.tick);
  const indexes = shards.filter(({ status }) => status === 'open').map(({ index }) => index);
  await shardSender.send(claim, { indexes, count: shards.length });
}

function assertDivision({ name, maxShards }: JobDefinition, division: Division): void {
  const parts: unknown = (division as Partial<Division> | null)?.parts;
  if (Array.isArray(parts) && parts.length <= maxShards) return;
  const got = Array.isArray(parts) ? `${parts.length} parts` : JSON.stringify(division);
  throw new TypeError(`shards of ${name} must return { parts: a list of at most ${maxShards} }; got ${got}.`);
}
