import { describe, expect, it } from 'vitest';
import { EngineWorld, gone, hour, leaseMs, start } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { MINUTE_MS } from '../time/instant.ts';
import type { JobOptions } from './job-definition.ts';
import type { ShardLedger } from './shard-ledger.ts';

const divided: Partial<JobOptions> = { shards: async () => ({ parts: ['a', 'b'] }) };

describe('a host that comes to a divided run', () => {
  it.each([
    ['defines no shards', {}, {}],
    ['has no ledger of shards', divided, { shardLedger: undefined as never }],
  ])('leaves the shards to others if it %s, and looks again in a minute', async (_how, options, changes) => {
    const world = new EngineWorld();
    await world.divide(['a', 'b']);
    const engine = await world.engine('one', options, changes);
    expect(await engine.runNow('sweep')).toMatchObject({ kind: 'held', tick: start, retryInMs: MINUTE_MS });
    expect((await world.shardRows()).map(({ fence }) => fence)).toEqual([0, 0]);
    expect(await engine.stop(0)).toBe(true);
  });

  it('does what is free and then says when the next shard may be', async () => {
    const world = new EngineWorld();
    await world.divide(['a', 'b', 'c']);
    await world.claimShard('two');
    await world.clock.advanceBy(1_000);
    await world.claimShard('three');
    const engine = await world.engine('one', divided);
    expect(await engine.runNow('sweep')).toMatchObject({
      kind: 'held',
      tick: start,
      retryInMs: leaseMs - 1_000,
    });
    expect((await world.shardRows()).map(({ status }) => status)).toEqual(['open', 'open', 'succeeded']);
  });

  it('ends the run if it ends the last shard', async () => {
    const world = new EngineWorld();
    await world.divide(['a', 'b']);
    const engine = await world.engine('one', divided);
    expect(await engine.runNow('sweep')).toMatchObject({
      kind: 'ran',
      report: { end: 'succeeded', processed: 2 },
    });
  });

  it('looks again in five seconds if another one has just ended the last shard', async () => {
    const world = new EngineWorld();
    await world.divide(['a', 'b']);
    const shardLedger = withVerbs<ShardLedger>(world.store.shardLedger, {
      claim: async () => ({ kind: 'done' }),
    });
    const engine = await world.engine('one', divided, { shardLedger });
    expect(await engine.runNow('sweep')).toMatchObject({ kind: 'held', tick: start, retryInMs: 5_000 });
  });

  it('works on no shard of a paused job', async () => {
    const world = new EngineWorld();
    await world.divide(['a', 'b']);
    const shardLedger = withVerbs<ShardLedger>(world.store.shardLedger, {
      claim: async () => ({ kind: 'paused' }),
    });
    const engine = await world.engine('one', divided, { shardLedger });
    expect(await engine.runNow('sweep')).toEqual({ kind: 'paused' });
  });

  it('law 2: takes over the shard of an instance that died, though it divided the run itself', async () => {
    const world = new EngineWorld();
    let asked = 0;
    const engine = await world.engine(
      'one',
      {
        ...divided,
        batch: async () => ({ processed: (asked += 1), next: null }),
      },
      {
        shardLedger: withVerbs<ShardLedger>(world.store.shardLedger, {
          // Another instance is faster at the first shard, and dies.
          async claim(request) {
            const instanceId = asked === 0 && request.instanceId === 'one' ? 'two' : request.instanceId;
            if (instanceId === 'two') await world.store.shardLedger.claim({ ...request, instanceId });
            return world.store.shardLedger.claim(request);
          },
        }),
      },
    );
    engine.start();
    await world.clock.advanceBy(0);
    await engine.idle();
    expect((await world.shardRows()).map(({ status, instanceId }) => [status, instanceId])).toEqual([
      ['open', 'two'],
      ['succeeded', 'one'],
    ]);
    await world.clock.advanceBy(leaseMs);
    await engine.idle();
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 3 });
    await engine.stop(1_000);
  });

  it('tries again when the store went away in a shard, once the other shards have ended', async () => {
    const world = new EngineWorld();
    let isAway = true;
    const engine = await world.engine(
      'one',
      {
        ...divided,
        batch: async ({ shard }) => {
          if (isAway && shard === 'a') throw gone;
          return { processed: 1, next: null };
        },
      },
      { shardConcurrency: 2 },
    );
    engine.start();
    await world.clock.advanceBy(100);
    expect(world.troubles).toEqual([gone]);
    expect((await world.shardRows()).map(({ status }) => status)).toEqual(['open', 'succeeded']);
    isAway = false;
    await world.clock.advanceBy(leaseMs);
    await engine.idle();
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 2 });
    await engine.stop(1_000);
  });
});

describe('a stop', () => {
  it.each([
    ['gives its shards back', undefined, true],
    ['says that it could not, because the store is away', () => Promise.reject(gone), false],
  ])('%s', async (_what, release, expected) => {
    const world = new EngineWorld();
    const shardLedger = withVerbs<ShardLedger>(world.store.shardLedger, release ? { release } : {});
    let stopped: Promise<boolean> | undefined;
    const engine = await world.engine(
      'one',
      {
        ...divided,
        batch: async () => {
          stopped ??= engine.stop(1_000);
          return { processed: 1, next: 'more' };
        },
      },
      { shardLedger, shardConcurrency: 2 },
    );
    engine.start();
    await engine.idle();
    expect(await stopped).toBe(expected);
    expect((await world.shardRows()).every(({ leaseUntil }) => leaseUntil === null)).toBe(expected);
    expect(world.clock.timers).toBe(0);
  });
});

describe('a run that another instance has begun', () => {
  it.each<[string, Partial<JobOptions>, number]>([
    ['looks within a second whether it was divided', divided, 1_000],
    ['may have two parts', { ...divided, maxShards: 2 }, 1_000],
    ['is not divided here', { ...divided, maxShards: 1 }, leaseMs],
    ['has no shards', {}, leaseMs],
  ])('is waited for by a job that %s', async (_what, options, retryInMs) => {
    const world = new EngineWorld();
    await world.claim('two');
    const engine = await world.engine('one', options);
    expect(await engine.runNow('sweep')).toEqual({ kind: 'held', tick: start, instanceId: 'two', retryInMs });
  });

  it('is waited for no longer than its lease lasts', async () => {
    const world = new EngineWorld();
    await world.claim('two');
    await world.clock.advanceBy(leaseMs - 300);
    const engine = await world.engine('one', divided);
    expect(await engine.runNow('sweep')).toMatchObject({ kind: 'held', retryInMs: 300 });
  });

  it('is joined within a second of its division', async () => {
    const world = new EngineWorld();
    const claim = await world.claim('two');
    const engine = await world.engine('one', divided);
    engine.start();
    await world.clock.advanceBy(100);
    await world.store.shardLedger.divide(claim, { parts: ['a', 'b'], next: null });
    await world.clock.advanceBy(1_000);
    await engine.idle();
    expect(world.shards.map(({ claim: { instanceId } }) => instanceId)).toEqual(['one', 'one']);
    await engine.stop(1_000);
  });
});

describe('a failed run that was divided', () => {
  it('fails on a host that cannot work on shards, and goes on at one that can', async () => {
    const world = new EngineWorld();
    let isBroken = true;
    const batch: JobOptions['batch'] = async ({ shard }) => {
      if (isBroken && shard === 'b') throw new Error('disk full');
      return { processed: 1, next: null };
    };
    const able = await world.engine('able', { ...divided, batch });
    await able.runNow('sweep');
    isBroken = false;
    const other = await world.engine('other', { batch });
    expect(await other.runNow('sweep', start)).toMatchObject({
      report: { end: 'failed', error: { code: 'SHARDS_NOT_SUPPORTED' } },
    });
    expect(await able.runNow('sweep', start)).toMatchObject({ report: { end: 'succeeded', processed: 2 } });
    expect(world.runs.map(({ end }) => end)).toEqual(['divided', 'failed', 'failed', 'divided', 'succeeded']);
    expect(await able.runNow('sweep', hour(0))).toEqual({ kind: 'done', status: 'succeeded' });
  });
});

describe('a run whose shards are sent to the instances one by one', () => {
  it('is run here if a person wants it, the first time and when it has failed', async () => {
    const world = new EngineWorld();
    let isBroken = true;
    const batch: JobOptions['batch'] = async ({ shard }) => {
      if (isBroken && shard === 'b') throw new Error('disk full');
      return { processed: 1, next: null };
    };
    const shardSender = { joinsTransaction: false, send: async () => undefined };
    const engine = await world.engine('one', { ...divided, batch }, { shardSender });
    expect(await engine.runNow('sweep')).toMatchObject({
      kind: 'ran',
      report: { end: 'failed', processed: 1 },
    });
    isBroken = false;
    expect(await engine.runNow('sweep')).toMatchObject({
      kind: 'ran',
      report: { end: 'succeeded', processed: 2 },
    });
  });
});

describe('a shard with a bad item', () => {
  it('is divided into its own items only', async () => {
    const world = new EngineWorld();
    const tried: unknown[] = [];
    const engine = await world.engine('one', {
      ...divided,
      maxFailureRate: 1,
      items: async ({ shard }) =>
        shard === null ? ['a1', 'a2', 'b1', 'b2'] : [`${shard as string}1`, `${shard as string}2`],
      batch: async ({ shard, only, skip }) => {
        if (only) tried.push([shard, ...only]);
        if (only?.[0] === 'b1' || (shard === 'b' && !only && !skip.includes('b1'))) throw new Error('bad');
        return { processed: 1, next: null };
      },
    });
    await engine.runNow('sweep');
    expect(tried).toEqual([
      ['b', 'b1'],
      ['b', 'b2'],
    ]);
    expect(await world.failed()).toEqual(['b1']);
  });
});
