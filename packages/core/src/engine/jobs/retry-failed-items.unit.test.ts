import { describe, expect, it } from 'vitest';
import { EngineWorld, hour, leaseMs, start } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { HOUR_MS } from '../time/instant.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Batch, JobOptions } from './job-definition.ts';
import type { RunLedger } from './run-ledger.ts';

/** A job whose items are bad until the test says otherwise, and engines on one store. */
class World extends EngineWorld {
  readonly bad = new Set<string>();
  /** The items that were tried alone, or in parts of a batch: as of which hour. */
  readonly tried: string[] = [];

  readonly options: Partial<JobOptions> = {
    maxFailureRate: 1,
    items: async (query) => this.#due(query),
    batch: async (batch) => {
      const { asOf, only } = batch;
      if (only) this.tried.push(`${only.join(' ')} at ${(asOf - start) / HOUR_MS}`);
      const items = only ?? this.#due(batch);
      const spoilt = items.find((item) => this.bad.has(item));
      if (spoilt !== undefined) throw new Error(`${spoilt} is bad`);
      for (const item of items) this.#done.add(`${item} at ${asOf}`);
      return { processed: items.length, next: null };
    },
  };
  readonly #done = new Set<string>();

  #due({ asOf, shard, skip }: Pick<Batch, 'asOf' | 'shard' | 'skip'>): readonly string[] {
    const all = shard === null ? ['1', '2'] : [`${shard as string}1`, `${shard as string}2`];
    return all.filter((item) => !skip.includes(item) && !this.#done.has(`${item} at ${asOf}`));
  }

  one(options: Partial<JobOptions> = {}, changes: Partial<EnginePorts> = {}) {
    return this.engine('one', { ...this.options, ...options }, changes);
  }
}

const divided: Partial<JobOptions> = { shards: async () => ({ parts: ['a', 'b'] }) };

describe('retrying the failed items of a tick', () => {
  it('first continues a later run that was abandoned, with the items of that run', async () => {
    const world = new World();
    world.bad.add('1');
    const engine = await world.one();
    await engine.runNow('sweep');
    await world.clock.advanceTo(hour(1));
    await world.claim('dead', hour(1));
    await world.clock.advanceBy(leaseMs);
    world.bad.clear();
    world.tried.length = 0;
    expect(await engine.retryFailedItems('sweep', start)).toEqual({
      kind: 'retried',
      succeeded: 1,
      failed: [],
    });
    expect(world.tried).toEqual(['1 at 0']);
    expect(world.runs.slice(1)).toMatchObject([
      { tick: hour(1), fence: 2, end: 'succeeded', processed: 2 },
      { tick: hour(0), fence: 2, end: 'succeeded', processed: 2 },
    ]);
  });

  it('still takes a later run over that it continued and lost, when the one that has it dies', async () => {
    const world = new World();
    world.bad.add('1');
    const { promise, resolve } = Promise.withResolvers<void>();
    let waits = false;
    const batch: JobOptions['batch'] = async (given) => {
      if (waits) await promise;
      return world.options.batch!(given);
    };
    const engine = await world.one({ batch }, { transactions: world.besides });
    await engine.runNow('sweep');
    await world.clock.advanceTo(hour(1));
    const dead = await world.claim('dead', hour(1));
    await world.clock.advanceBy(leaseMs);
    waits = true;
    const retried = engine.retryFailedItems('sweep', start);
    await world.clock.advanceBy(0);
    await world.store.ledger.release({ ...dead, fence: 2 });
    await world.claim('two', hour(1));
    resolve();
    expect(await retried).toMatchObject({ kind: 'held', instanceId: 'two' });
    world.bad.clear();
    await world.clock.advanceBy(leaseMs);
    engine.start();
    await engine.idle();
    expect(await world.run(hour(1))).toMatchObject({ status: 'succeeded', fence: 4 });
    await engine.stop(1_000);
  });

  it('waits for nobody: it says which attempt is active', async () => {
    const world = new World();
    await world.recordFailed(['1']);
    await world.claim('two');
    expect(await (await world.one()).retryFailedItems('sweep', start)).toEqual({
      kind: 'held',
      tick: start,
      instanceId: 'two',
      retryInMs: leaseMs,
    });
  });

  it('claims again if another attempt was faster', async () => {
    const world = new World();
    world.bad.add('1');
    await (await world.one()).runNow('sweep');
    world.bad.clear();
    let races = 3;
    const { ledger } = world.store;
    const engine = await world.one(
      {},
      {
        ledger: withVerbs<RunLedger>(ledger, {
          async reopen(request) {
            if ((races -= 1) >= 0) return { kind: 'done', status: 'succeeded' };
            return ledger.reopen(request);
          },
        }),
      },
    );
    expect(await engine.retryFailedItems('sweep', start)).toMatchObject({ kind: 'retried', succeeded: 1 });
  });

  it('is not done when its attempt is lost: it says who has the run', async () => {
    const world = new World();
    await world.recordFailed(['1']);
    const claim = await world.claim('other');
    await world.store.ledger.succeed(null, claim, { checkpoint: null, processed: 0, failedItems: 1 });
    const { promise, resolve } = Promise.withResolvers<{ processed: number; next: null }>();
    const engine = await world.one({ batch: () => promise }, { transactions: world.besides });
    const retried = engine.retryFailedItems('sweep', start);
    await world.clock.advanceBy(0);
    await world.store.ledger.release({ ...claim, fence: 2 });
    await world.claim('two');
    resolve({ processed: 1, next: null });
    expect(await retried).toMatchObject({ kind: 'held', instanceId: 'two' });
    expect(world.runs).toMatchObject([{ end: 'lost' }]);
    expect(await world.failed()).toEqual(['1']);
  });

  it('says that it stopped if the engine stops meanwhile, and leaves the rest recorded', async () => {
    const world = new World();
    await world.recordFailed(['1', '2']);
    const claim = await world.claim('other');
    await world.store.ledger.succeed(null, claim, { checkpoint: null, processed: 0, failedItems: 2 });
    const engine = await world.one({
      maxBatchSize: 1,
      batch: async () => {
        void engine.stop(1_000);
        return { processed: 1, next: null };
      },
    });
    expect(await engine.retryFailedItems('sweep', start)).toEqual({ kind: 'stopped' });
    expect(await world.failed()).toEqual(['2']);
    expect(await engine.retryFailedItems('sweep', start)).toEqual({ kind: 'stopped' });
  });

  it('that leaves a failed run as failed lets it be run again by hand', async () => {
    const world = new World();
    world.bad.add('1');
    const [one, two] = [await world.one({ maxFailureRate: 0 }), await world.one({ maxFailureRate: 0 })];
    await one.runNow('sweep');
    expect(await two.retryFailedItems('sweep', start)).toMatchObject({ kind: 'retried', succeeded: 0 });
    expect(world.runs.map(({ end }) => end)).toEqual(['failed', 'failed']);
    expect(await two.runNow('sweep', start)).toMatchObject({
      kind: 'ran',
      report: { fence: 3, end: 'failed' },
    });
  });
});

describe('retrying the failed items of a tick in shards', () => {
  /** A run of which one shard has ended, with a failed item, and the other was given back. */
  async function half(world: World): Promise<void> {
    world.bad.add('a1');
    await world.divide(['a', 'b']);
    const shard = await world.claimShard('other');
    await world.recordFailed(['a1']);
    await world.store.shardLedger.end(shard, { processed: 1, failedItems: 1, error: null }, leaseMs);
  }

  it('ends the shards that are left, and then tries the items', async () => {
    const world = new World();
    await half(world);
    world.bad.clear();
    const engine = await world.one(divided);
    expect(await engine.retryFailedItems('sweep', start)).toEqual({
      kind: 'retried',
      succeeded: 1,
      failed: [],
    });
    expect(world.tried).toEqual(['a1 at 0']);
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 4, failedItems: 0 });
  });

  it('tries them once, however the shards end: again without success, or at last', async () => {
    for (const isBroken of [true, false]) {
      const world = new World();
      await half(world);
      world.bad.clear();
      let failures = isBroken ? Infinity : 1;
      const engine = await world.one({
        ...divided,
        items: async ({ shard }) => (shard === null ? ['a1'] : []),
        batch: async (given) => {
          if (given.shard === 'b' && (failures -= 1) >= 0) throw new Error('disk full');
          return world.options.batch!(given);
        },
      });
      expect(await engine.retryFailedItems('sweep', start)).toMatchObject({ kind: 'retried', succeeded: 1 });
      expect(world.tried).toEqual(['a1 at 0']);
      expect(world.runs.map(({ end }) => end)).toEqual([
        'failed',
        'divided',
        isBroken ? 'failed' : 'succeeded',
      ]);
    }
  });

  it('tries them again if its attempt was lost to one that divided the run again', async () => {
    const world = new World();
    await half(world);
    const failed = { processed: 0, failedItems: 0, error: 'disk full' };
    const joined = await world.store.shardLedger.end(await world.claimShard('other'), failed, leaseMs);
    await world.store.ledger.fail(joined!.claim, 'shards failed');
    world.bad.clear();
    const { promise: divides, resolve } = Promise.withResolvers<void>();
    const batch: JobOptions['batch'] = async (given) => {
      await divides;
      return world.options.batch!(given);
    };
    const engine = await world.one({ ...divided, batch }, { transactions: world.besides });
    const retried = engine.retryFailedItems('sweep', start);
    await world.clock.advanceBy(0);
    await world.store.ledger.release({ ...joined!.claim, fence: joined!.claim.fence + 1 });
    await world.store.shardLedger.divideAgain(await world.claim('two'));
    resolve();
    expect(await retried).toMatchObject({ kind: 'retried', succeeded: 1 });
    expect(world.tried).toEqual(['a1 at 0', 'a1 at 0']);
    expect(world.runs.map(({ end }) => end)).toEqual(['lost', 'succeeded', 'succeeded']);
  });

  it('says so when others hold them', async () => {
    const world = new World();
    await half(world);
    await world.claimShard('two');
    const engine = await world.one(divided);
    expect(await engine.retryFailedItems('sweep', start)).toMatchObject({
      kind: 'held',
      tick: start,
      retryInMs: leaseMs,
    });
    expect(world.tried).toEqual([]);
  });
});
