import { describe, expect, it } from 'vitest';
import { EngineWorld, gone, leaseMs } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { createAbortController } from '../time/abort.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { FailedItems } from './failed-items.ts';
import type { Batch, JobOptions } from './job-definition.ts';
import type { ShardClaim, ShardLedger } from './shard-ledger.ts';
import { ShardRunner } from './shard-runner.ts';

/** A run divided into the parts `a` and `b`, and a runner of its shards. */
async function world({
  verbs = {},
  ports = {},
}: { readonly verbs?: Partial<ShardLedger>; readonly ports?: Partial<EnginePorts> } = {}) {
  const world = new EngineWorld();
  await world.divide(['a', 'b']);
  const shardLedger = withVerbs<ShardLedger>(world.store.shardLedger, verbs);
  const runner = new ShardRunner(world.ports({ transactions: world.besides, ...ports }), shardLedger);
  const stopping = createAbortController();
  const execute = (claim: ShardClaim, options: Partial<JobOptions> = {}) =>
    runner.execute(world.job(options), claim, stopping.signal);
  return { world, runner, stopping, execute };
}

const fails = async (): Promise<never> => {
  throw new Error('disk full');
};

const unreadable = {
  list: async () => {
    throw new Error('cannot be read');
  },
} as unknown as FailedItems;

describe('an attempt at a shard', () => {
  it('holds a lease while it works and none once it has ended, and leaves no timer', async () => {
    const { world: shared, runner, execute } = await world();
    const held: boolean[] = [];
    const batch = async (): Promise<{ processed: number; next: null }> => {
      held.push(runner.holdsLease);
      shared.clock.jumpTo(shared.clock.now() + 3_000);
      return { processed: 2, next: null };
    };
    expect(await execute(await shared.claimShard(), { batch })).toMatchObject({
      report: { end: 'succeeded', processed: 2, batches: 1, durationMs: 3_000 },
      joined: null,
    });
    expect(await execute(await shared.claimShard(), { batch: fails })).toMatchObject({
      report: { end: 'failed', error: { message: 'disk full' } },
      joined: { failures: [{ index: 1, error: 'disk full' }] },
    });
    expect([held, runner.holdsLease, shared.clock.timers]).toEqual([[true], false, 0]);
  });

  it('gives its shard back when the engine stops', async () => {
    const { world: shared, runner, stopping, execute } = await world();
    const batch = async () => {
      stopping.abort();
      return { processed: 1, next: 'more' };
    };
    expect(await execute(await shared.claimShard(), { batch })).toMatchObject({
      report: { end: 'released' },
    });
    expect(runner.holdsLease).toBe(false);
    expect(await shared.claimShard('two')).toMatchObject({ fence: 2, checkpoint: 'more', processed: 1 });
  });

  it('still holds its lease if it could not give its shard back', async () => {
    const {
      world: shared,
      runner,
      stopping,
      execute,
    } = await world({
      verbs: { release: () => Promise.reject(gone) },
    });
    const claim = await shared.claimShard();
    stopping.abort();
    expect(await execute(claim)).toMatchObject({ report: { end: 'released' } });
    expect([runner.holdsLease, shared.clock.timers]).toEqual([true, 0]);
  });

  it('keeps its lease while a batch takes longer than that', async () => {
    const { world: shared, execute } = await world();
    const { promise, resolve } = Promise.withResolvers<{ processed: number; next: null }>();
    const attempt = execute(await shared.claimShard(), { batch: () => promise });
    await shared.clock.advanceBy(4 * leaseMs);
    expect((await shared.claimShard('two')).shard.part).toBe('b');
    resolve({ processed: 1, next: null });
    expect(await attempt).toMatchObject({ report: { end: 'succeeded' } });
  });

  it('is told when another one has taken its shard over, ends as lost, and commits nothing', async () => {
    for (const end of [undefined, () => Promise.reject(gone)]) {
      const { world: shared, runner, execute } = await world({ verbs: end ? { end } : {} });
      const claim = await shared.claimShard();
      const { promise, resolve } = Promise.withResolvers<void>();
      let told = false;
      const batch = async ({ signal }: Batch) => {
        await promise;
        told = signal.aborted;
        return { processed: 9, next: null };
      };
      const attempt = execute(claim, { batch });
      await shared.clock.advanceBy(1);
      await shared.store.shardLedger.release(claim);
      await shared.claimShard('two');
      await shared.clock.advanceBy(leaseMs / 3);
      resolve();
      expect(await attempt).toMatchObject({ report: { end: 'lost', processed: 0 }, joined: null });
      expect([told, runner.holdsLease]).toEqual([true, false]);
      expect((await shared.shardRows())[0]).toMatchObject({
        status: 'open',
        instanceId: 'two',
        processed: 0,
      });
    }
  });

  it('is lost, and not failed, if another one took its shard over while its batch failed', async () => {
    const { world: shared, runner, execute } = await world();
    const claim = await shared.claimShard();
    await shared.store.shardLedger.release(claim);
    await shared.claimShard('two');
    expect(await execute(claim, { batch: fails })).toMatchObject({
      report: { end: 'lost', error: { code: 'LEASE_LOST' } },
    });
    expect(runner.holdsLease).toBe(false);
    expect((await shared.shardRows())[0]).toMatchObject({ status: 'open', error: null });
  });

  it('does not count as failed while the store is away; its lease then decides', async () => {
    const away = () => Promise.reject(gone);
    for (const [verbs, batch] of [
      [{}, away],
      [{ end: away }, fails],
    ] as const) {
      const { world: shared, runner, execute } = await world({ verbs });
      await expect(execute(await shared.claimShard(), { batch })).rejects.toBe(gone);
      expect([runner.holdsLease, shared.clock.timers]).toEqual([true, 0]);
      expect((await shared.shardRows())[0]).toMatchObject({ status: 'open', instanceId: 'one' });
    }
  });
});

describe('an attempt at a shard that goes on after another one', () => {
  it('skips the failed items of all shards, and counts those of its own once', async () => {
    const { world: shared, execute } = await world();
    const first = await shared.claimShard();
    await shared.recordFailed(['a1', 'b1', 'b2']);
    const progress = { checkpoint: 'half', processed: 5, failedItems: 1 };
    await shared.store.shardLedger.advance(null, first, progress, leaseMs);
    await shared.store.shardLedger.release(first);
    let skipped: readonly string[] = [];
    const outcome = await execute(await shared.claimShard('two'), {
      items: async () => [],
      maxFailureRate: 0.5,
      batch: async ({ skip }) => {
        skipped = skip;
        return { processed: 2, next: null };
      },
    });
    expect(skipped).toEqual(['a1', 'b1', 'b2']);
    expect(outcome).toMatchObject({ report: { end: 'succeeded', processed: 7, failedItems: 1 } });
    expect((await shared.shardRows())[0]).toMatchObject({ processed: 7, failedItems: 1 });
  });

  it('reads failed items only where there may be some', async () => {
    const { world: shared, execute } = await world({ ports: { failedItems: unreadable } });
    const first = await shared.claimShard();
    expect(await execute(first, { items: async () => [] })).toMatchObject({ report: { end: 'succeeded' } });
    const second = await shared.claimShard();
    await shared.store.shardLedger.release(second);
    expect(await execute(await shared.claimShard())).toMatchObject({
      report: { claim: { fence: 2 }, end: 'succeeded' },
    });
  });

  it('fails if it cannot read them', async () => {
    const { world: shared, execute } = await world({ ports: { failedItems: unreadable } });
    await shared.store.shardLedger.release(await shared.claimShard());
    expect(await execute(await shared.claimShard(), { items: async () => [] })).toMatchObject({
      report: { end: 'failed', error: { message: 'cannot be read' } },
    });
  });

  it('repeats nothing if only the end of its shard was not recorded', async () => {
    let isAway = true;
    const { world: shared, execute } = await world({
      verbs: {
        async end(...given) {
          if (isAway) throw gone;
          return shared.store.shardLedger.end(...given);
        },
      },
    });
    let batches = 0;
    const batch = async () => ({ processed: (batches += 1), next: null });
    await expect(execute(await shared.claimShard(), { batch })).rejects.toBe(gone);
    isAway = false;
    await shared.clock.advanceBy(leaseMs);
    expect(await execute(await shared.claimShard('two'), { batch })).toMatchObject({
      report: { claim: { fence: 2 }, end: 'succeeded', processed: 1, batches: 0 },
    });
    expect(batches).toBe(1);
  });
});
