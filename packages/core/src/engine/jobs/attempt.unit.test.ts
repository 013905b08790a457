import { VirtualClock } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, instant } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import { Attempt } from './attempt.ts';
import { defineJob } from './job-definition.ts';
import { COMPLETED_CHECKPOINT, type Claim, type RunLedger } from './run-ledger.ts';

const start = instant('2026-11-24T00:00:00Z');
const never = new Promise<never>(() => undefined);

/** An attempt at a job of one hour; another one takes its run over when the test says so. */
function world(from: Partial<Claim> = {}) {
  const clock = new VirtualClock(start);
  let isHeld = true;
  const ledger: Pick<RunLedger, 'renew'> = { renew: async () => isHeld };
  const claim: Claim = {
    job: 'sweep',
    tick: start,
    fence: 1,
    instanceId: 'one',
    checkpoint: null,
    processed: 0,
    ...from,
  };
  const job = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    maxBatchSize: 500,
    batch: async () => ({ processed: 0, next: null }),
  });
  const attempt = new Attempt(job, claim, { ledger, clock, leaseMs: 15_000 });
  const lose = async (): Promise<void> => {
    isHeld = false;
    await clock.advanceBy(5_000);
  };
  return { clock, attempt, lose };
}

/** Follows a promise without waiting for it. */
function watch(work: Promise<unknown>): () => unknown {
  let end: unknown = 'pending';
  work.then(
    (result) => (end = result),
    (error: unknown) => (end = error),
  );
  return () => end;
}

describe('an attempt', () => {
  it('begins where an earlier one ended', () => {
    expect(world().attempt.position).toEqual({
      checkpoint: null,
      processed: 0,
      skip: [],
      othersFailed: 0,
      lastFailure: null,
      batches: 0,
      limit: 500,
      complete: false,
      ended: false,
    });
    const { position } = world({ checkpoint: 'half', processed: 7 }).attempt;
    expect(position).toMatchObject({ checkpoint: 'half', processed: 7, complete: false });
    expect(world({ checkpoint: COMPLETED_CHECKPOINT }).attempt.position.complete).toBe(true);
  });

  it('leaves no timer when it has ended', () => {
    const { clock, attempt } = world();
    attempt.stop();
    expect(clock.timers).toBe(0);
  });

  it('waits for work as long as it takes, and passes on how it ends', async () => {
    const { clock, attempt, lose } = world();
    const { promise, resolve } = Promise.withResolvers<string>();
    const end = watch(attempt.waitFor(promise));
    await clock.advanceBy(60_000);
    expect(end()).toBe('pending');
    resolve('done');
    await clock.advanceBy(0);
    expect(end()).toBe('done');
    await expect(attempt.waitFor(Promise.reject(new Error('no')))).rejects.toThrow('no');
    // Nobody waits any more.
    await lose();
    attempt.stop();
    expect(clock.timers).toBe(0);
  });

  it('waits ten seconds, and no longer, for work that pays no heed to the loss of its lease', async () => {
    const { clock, attempt, lose } = world();
    const end = watch(attempt.waitFor(never));
    await lose();
    expect(attempt.signal.aborted).toBe(true);
    await clock.advanceBy(9_999);
    expect(end()).toBe('pending');
    await clock.advanceBy(1);
    expect(end()).toBe(attempt.signal.reason);
    expect(end()).toMatchObject({ code: 'LEASE_LOST' });
  });

  it('waits as long for work that began after the loss', async () => {
    const { clock, attempt, lose } = world();
    await lose();
    await clock.advanceBy(60_000);
    const end = watch(attempt.waitFor(never));
    await clock.advanceBy(9_999);
    expect(end()).toBe('pending');
    await clock.advanceBy(1);
    expect(end()).toBe(attempt.signal.reason);
  });

  it('says that the lease is lost whatever the work then throws, but for a store that is away', async () => {
    const { clock, attempt, lose } = world();
    await lose();
    await expect(attempt.waitFor(Promise.reject(new Error('interrupted')))).rejects.toBe(
      attempt.signal.reason,
    );
    const away = new StoreUnavailableError('the store', 'gone');
    await expect(attempt.waitFor(Promise.reject(away))).rejects.toBe(away);
    expect(await attempt.waitFor(Promise.resolve('committed'))).toBe('committed');
    attempt.stop();
    expect(clock.timers).toBe(0);
  });

  it('lasts as long as its job allows, and not a millisecond less', async () => {
    const { clock, attempt } = world();
    await clock.advanceBy(HOUR_MS - 1);
    expect(attempt.signal.aborted).toBe(false);
    await clock.advanceBy(1);
    expect(attempt.signal.reason).toMatchObject({
      code: 'RUN_TIMEOUT',
      message: expect.stringContaining('took longer than 3600000 ms') as string,
    });
  });

  it('does not count more than a third of a lease of the time in which its process stood still', async () => {
    const { clock, attempt } = world();
    clock.jumpTo(start + 10 * HOUR_MS);
    await clock.advanceBy(HOUR_MS - 5_000 - 1);
    expect(attempt.signal.aborted).toBe(false);
    await clock.advanceBy(1);
    expect(attempt.signal.aborted).toBe(true);
  });
});
