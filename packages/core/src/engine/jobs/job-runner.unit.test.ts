import { describe, expect, it } from 'vitest';
import { EngineWorld, gone, leaseMs } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { createAbortController } from '../time/abort.ts';
import { sleep } from '../time/clock.ts';
import { HOUR_MS, MINUTE_MS } from '../time/instant.ts';
import type { FailedItems } from './failed-items.ts';
import type { Batch, JobOptions } from './job-definition.ts';
import { JobRunner, type AttemptOptions } from './job-runner.ts';
import { COMPLETED_CHECKPOINT, type Claim, type RunLedger } from './run-ledger.ts';

/** A runner of one instance, some of whose calls to the store end otherwise. */
function world({
  ledger = {},
  failedItems = {},
}: { readonly ledger?: Partial<RunLedger>; readonly failedItems?: Partial<FailedItems> } = {}) {
  const world = new EngineWorld();
  const runner = new JobRunner(
    world.ports({
      transactions: world.besides,
      ledger: withVerbs<RunLedger>(world.store.ledger, ledger),
      failedItems: withVerbs<FailedItems>(world.store.failedItems, failedItems),
    }),
  );
  const stopping = createAbortController();
  const execute = (claim: Claim, options: Partial<JobOptions> = {}, about: AttemptOptions = {}) =>
    runner.execute(world.job(options), claim, stopping.signal, about);
  return { world, runner, stopping, execute };
}

const fails = async (): Promise<never> => {
  throw new Error('disk full');
};
const away = () => Promise.reject(gone);
const unreadable: Partial<FailedItems> = {
  list: async () => {
    throw new Error('cannot be read');
  },
};

/** Takes the run of a claim over, as another instance does. */
async function takeOver(world: EngineWorld, claim: Claim): Promise<void> {
  await world.store.ledger.release(claim);
  await world.claim('two');
}

describe('an attempt at a run', () => {
  it('holds no lease once it has ended, and leaves no timer', async () => {
    for (const [options, end] of [
      [{}, 'succeeded'],
      [{ batch: fails }, 'failed'],
    ] as const) {
      const { world: shared, runner, execute } = world();
      expect(await execute(await shared.claim(), options)).toMatchObject({ end });
      expect([runner.holdsLease, shared.clock.timers]).toEqual([false, 0]);
    }
  });

  it('holds its lease after a stop only if it could not give its run back', async () => {
    for (const [release, holdsLease] of [
      [undefined, false],
      [away, true],
    ] as const) {
      const { world: shared, runner, stopping, execute } = world({ ledger: release ? { release } : {} });
      stopping.abort();
      expect(await execute(await shared.claim())).toMatchObject({ end: 'released', batches: 0 });
      expect(runner.holdsLease).toBe(holdsLease);
    }
  });

  it('is lost when another one has taken its run over, also if the store then goes away', async () => {
    for (const fail of [undefined, away]) {
      const { world: shared, runner, execute } = world({ ledger: fail ? { fail } : {} });
      const claim = await shared.claim('one');
      const { promise, resolve } = Promise.withResolvers<void>();
      const attempt = execute(claim, {
        batch: async ({ signal }) => {
          await promise;
          signal.throwIfAborted();
          return { processed: 9, next: null };
        },
      });
      await takeOver(shared, claim);
      await shared.clock.advanceBy(leaseMs / 3);
      resolve();
      expect(await attempt).toMatchObject({ end: 'lost', processed: 0, error: { code: 'LEASE_LOST' } });
      expect(runner.holdsLease).toBe(false);
      expect(await shared.run()).toMatchObject({ status: 'running', instanceId: 'two', processed: 0 });
    }
  });

  it('is lost, and not failed, if its run was taken over while its batch failed', async () => {
    const { world: shared, execute } = world();
    const claim = await shared.claim('one');
    await takeOver(shared, claim);
    expect(await execute(claim, { batch: fails })).toMatchObject({ end: 'lost' });
    expect(await shared.run()).toMatchObject({ status: 'running', instanceId: 'two' });
  });

  it('neither fails nor is lost if its failure cannot be recorded: it keeps its lease', async () => {
    const { world: shared, runner, execute } = world({ ledger: { fail: away } });
    await expect(execute(await shared.claim(), { batch: fails })).rejects.toBe(gone);
    expect([runner.holdsLease, shared.clock.timers]).toEqual([true, 0]);
    expect(await shared.run()).toMatchObject({ status: 'running', error: null });
  });

  it('ends its run with the last batch, also while the engine stops', async () => {
    const { world: shared, stopping, execute } = world();
    const batch = async () => {
      stopping.abort();
      return { processed: 1, next: null };
    };
    expect(await execute(await shared.claim(), { batch })).toMatchObject({ end: 'succeeded' });
  });

  it('is not judged by its failed items before it has seen all items', async () => {
    const { world: shared, stopping, execute } = world();
    const report = await execute(await shared.claim(), {
      items: async () => ['bad'],
      batch: async ({ skip, only }) => {
        if (!skip.includes('bad')) throw new Error('bad');
        if (only === null) stopping.abort();
        return { processed: 1, next: 'more' };
      },
    });
    expect(report).toMatchObject({ end: 'released', processed: 1, failedItems: 1 });
    expect(await shared.run()).toMatchObject({ status: 'running' });
  });
});

describe('an attempt whose time is over', () => {
  const timeoutMs = 10 * MINUTE_MS;

  it('does not repeat its batch', async () => {
    const { world: shared, execute } = world();
    const began: boolean[] = [];
    const attempt = execute(await shared.claim(), {
      timeoutMs,
      retry: { maxAttempts: 5, initialDelayMs: HOUR_MS, maxDelayMs: HOUR_MS },
      batch: async ({ signal }) => {
        began.push(signal.aborted);
        return fails();
      },
    });
    await shared.clock.advanceBy(timeoutMs);
    expect(await attempt).toMatchObject({ end: 'failed', error: { code: 'RUN_TIMEOUT' } });
    expect(began).toEqual([false]);
  });

  it('tries no further items of a batch that has failed', async () => {
    const { world: shared, execute } = world();
    const began: unknown[] = [];
    const attempt = execute(await shared.claim(), {
      timeoutMs,
      items: async () => ['1', '2'],
      batch: async ({ only }) => {
        began.push(only);
        if (only === null) return fails();
        // Ends after the time, but before it is given up.
        await sleep(shared.clock, timeoutMs + 5_000);
        return { processed: 1, next: null };
      },
    });
    await shared.clock.advanceBy(2 * timeoutMs);
    expect(await attempt).toMatchObject({ end: 'failed', processed: 1, error: { code: 'RUN_TIMEOUT' } });
    expect(began).toEqual([null, ['1']]);
  });
});

describe('an attempt that goes on after another one', () => {
  it('skips the items that have failed, and counts them once', async () => {
    const { world: shared, execute } = world();
    await shared.store.ledger.release(await shared.claim());
    await shared.recordFailed(['3', '7']);
    const skipped: (readonly string[])[] = [];
    const report = await execute(await shared.claim('one'), {
      items: async () => [],
      batch: async ({ skip }) => {
        skipped.push(skip);
        return { processed: 98, next: null };
      },
    });
    expect(skipped).toEqual([['3', '7']]);
    expect(report).toMatchObject({ end: 'succeeded', fence: 2, processed: 98, failedItems: 2 });
  });

  it('reads failed items only where there may be some, and fails if it cannot', async () => {
    const items = async (): Promise<readonly string[]> => [];
    const first = world({ failedItems: unreadable });
    expect(await first.execute(await first.world.claim(), { items })).toMatchObject({ end: 'succeeded' });
    for (const [options, end] of [
      [{}, 'succeeded'],
      [{ items }, 'failed'],
    ] as const) {
      const { world: shared, execute } = world({ failedItems: unreadable });
      await shared.store.ledger.release(await shared.claim());
      expect(await execute(await shared.claim(), options)).toMatchObject({ fence: 2, end });
    }
  });
});

describe('an attempt that retries items of a run that has succeeded', () => {
  /** A run of which three items have failed, reopened to retry them one by one. */
  async function reopened(batch: (batch: Batch, stop: () => void) => Promise<void>) {
    const { world: shared, stopping, execute } = world();
    await shared.recordFailed(['1', '2', '3']);
    const first = await shared.claim();
    const progress = { checkpoint: null, processed: 97, failedItems: 3 };
    await shared.store.ledger.succeed(null, first, progress);
    const request = { job: 'sweep', tick: first.tick, instanceId: 'one', leaseMs };
    const outcome = await shared.store.ledger.reopen(request);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    const options: Partial<JobOptions> = {
      items: async () => [],
      maxBatchSize: 1,
      batch: async (about) => {
        await batch(about, () => stopping.abort());
        return { processed: about.only?.length ?? 0, next: null };
      },
    };
    const report = await execute(outcome.claim, options, { again: ['1', '2', '3'] });
    return { shared, report };
  }

  it('runs these items alone, from no checkpoint, and ends the run', async () => {
    const asked: unknown[] = [];
    const { shared, report } = await reopened(
      async ({ only, checkpoint }) => void asked.push([only, checkpoint]),
    );
    expect(asked).toEqual([
      [['1'], null],
      [['2'], null],
      [['3'], null],
    ]);
    expect(report).toMatchObject({ end: 'succeeded', processed: 100, failedItems: 0 });
    expect(await shared.run()).toMatchObject({ status: 'succeeded', processed: 100, failedItems: 0 });
    expect(await shared.failed()).toEqual([]);
  });

  it('gives the run back when the engine stops; the next attempt ends it and repeats nothing', async () => {
    const { shared, report } = await reopened(async (_batch, stop) => stop());
    expect(report).toMatchObject({ end: 'released', processed: 98, failedItems: 2 });
    expect(await shared.failed()).toEqual(['2', '3']);
    const heir = world();
    const claim = await shared.claim('two');
    expect(claim.checkpoint).toBe(COMPLETED_CHECKPOINT);
    const runner = new JobRunner(shared.ports());
    const job = shared.job({ items: async () => [], batch: fails });
    expect(await runner.execute(job, claim, heir.stopping.signal)).toMatchObject({
      end: 'succeeded',
      processed: 98,
      failedItems: 2,
      batches: 0,
    });
  });
});
