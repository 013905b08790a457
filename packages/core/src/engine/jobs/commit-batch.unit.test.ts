import { describe, expect, it } from 'vitest';
import { EngineWorld, leaseMs, start } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { MINUTE_MS } from '../time/instant.ts';
import type { BatchProgress } from './batch-progress.ts';
import type { Batch } from './job-definition.ts';
import { RunLockedError, type RunLedger } from './run-ledger.ts';

describe('what a batch returns', () => {
  it.each([
    [{ processed: -1, next: null }],
    [{ processed: 1.5, next: null }],
    [{ processed: 1 }],
    [{ next: null }],
    [{ processed: '1', next: null }],
    [null],
  ])('is refused if it is %j', async (result) => {
    const world = new EngineWorld();
    const engine = await world.engine('one', { batch: async () => result as BatchProgress });
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', processed: 0, error: { name: 'TypeError' } },
    });
    expect((await world.run())?.error).toBe(
      `A batch of sweep must return { processed: a whole number, next: a checkpoint or null }; got ${JSON.stringify(result)}.`,
    );
  });

  const selfish: { self?: unknown } = {};
  selfish.self = selfish;

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['a function', () => 1],
    ['a big integer', 10n],
    ['a Date', new Date(0)],
    ['a Map', { at: new Map([[1, 2]]) }],
    ['text with a NUL character', 'a\0b'],
    ['half of a pair of surrogates', ['\ud800']],
    ['a value that contains itself', selfish],
  ])('is refused if its checkpoint is %s, which a store would not return', async (_, next) => {
    const world = new EngineWorld();
    const engine = await world.engine('one', {
      batch: async () => ({ processed: 1, next }) as BatchProgress,
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed', processed: 0 } });
    expect((await world.run())?.error).toMatch(
      /^A batch of sweep must return a checkpoint that survives a round trip through JSON; got next: /,
    );
  });

  it('has any checkpoint that a store returns', async () => {
    const next = { at: [1, -0.5, 'é', true, null, Object.create(null) as object], none: undefined };
    const engine = await new EngineWorld().engine('one', {
      batch: async ({ checkpoint }: Batch) =>
        ({ processed: 1, next: checkpoint === null ? next : null }) as BatchProgress,
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded', processed: 2 } });
  });

  it('may be nothing', async () => {
    const engine = await new EngineWorld().engine('one', {
      batch: async () => ({ processed: 0, next: null }),
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded', processed: 0 } });
  });
});

describe('a batch sees no checkpoint that is the engine’s', () => {
  /** A run that failed with one failed item, which is then retried; returns what its batch saw then. */
  async function retried(options: Parameters<EngineWorld['engine']>[1]): Promise<unknown> {
    const world = new EngineWorld();
    let isBroken = true;
    const seen: unknown[] = [];
    const engine = await world.engine('one', {
      items: async () => ['bad'],
      maxFailureRate: 1,
      batch: async ({ checkpoint, only, skip }: Batch) => {
        if (only) seen.push(checkpoint);
        if (isBroken && !skip.includes('bad')) throw new Error('bad');
        return { processed: only?.length ?? 0, next: null };
      },
      ...options,
    });
    await engine.runNow('sweep');
    isBroken = false;
    seen.length = 0;
    expect(await engine.retryFailedItems('sweep', start)).toMatchObject({ succeeded: 1, failed: [] });
    return seen;
  }

  it('when its run had succeeded', async () => {
    expect(await retried({})).toEqual([null]);
  });

  it('when only the finish of its run had failed', async () => {
    let failures = 1;
    const finish = async (): Promise<void> => {
      if ((failures -= 1) >= 0) throw new Error('no mail');
    };
    expect(await retried({ finish })).toEqual([null]);
  });

  it('when shards of its run had failed', async () => {
    const world = new EngineWorld();
    let isBroken = true;
    const seen: unknown[] = [];
    const engine = await world.engine('one', {
      items: async ({ shard }) => (shard === 'a' ? ['bad'] : []),
      shards: async () => ({ parts: ['a', 'b'] }),
      maxFailureRate: 1,
      batch: async ({ checkpoint, shard, only, skip }) => {
        if (only) seen.push(checkpoint);
        if (isBroken && shard === 'b') throw new Error('disk full');
        if (isBroken && !skip.includes('bad')) throw new Error('bad');
        return { processed: 1, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed' } });
    isBroken = false;
    seen.length = 0;
    expect(await engine.retryFailedItems('sweep', start)).toMatchObject({ succeeded: 1, failed: [] });
    expect(seen).toEqual([null]);
    expect(await world.run()).toMatchObject({ status: 'succeeded', failedItems: 0 });
  });
});

describe('a batch that cannot be recorded', () => {
  it('because its run is locked is repeated, but not after the run has timed out', async () => {
    const world = new EngineWorld();
    const timeoutMs = 10 * MINUTE_MS;
    let batches = 0;
    let after = 0;
    const { ledger } = world.store;
    const engine = await world.engine(
      'one',
      {
        timeoutMs,
        batch: async ({ tx, signal }) => {
          batches += 1;
          if (signal.aborted) after += 1;
          await world.store.failedItems.remove(tx, { job: 'sweep', tick: start, items: [] });
          return { processed: 1, next: null };
        },
      },
      {
        ledger: withVerbs<RunLedger>(ledger, {
          succeed: async (_tx, claim) => {
            // Each attempt waits for the lock a while.
            world.clock.jumpTo(world.clock.now() + MINUTE_MS);
            await world.clock.advanceBy(0);
            throw new RunLockedError(claim, new Error('lock timeout'));
          },
          renew: async () => true,
        }),
      },
    );
    const run = engine.runNow('sweep');
    await world.clock.advanceBy(leaseMs);
    expect(await run).toMatchObject({ report: { end: 'failed', error: { code: 'RUN_TIMEOUT' } } });
    expect(batches).toBeGreaterThan(1);
    expect(after).toBe(0);
  });
});
