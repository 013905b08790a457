import { describe, expect, it } from 'vitest';
import { EngineWorld, gone, leaseMs, start } from '../../../test/engine-world.ts';
import { withVerbs } from '../../../test/with-verbs.ts';
import { createAbortController } from '../time/abort.ts';
import type { RunLedger } from './run-ledger.ts';
import type { JobOptions } from './job-definition.ts';
import { ShardPool } from './shard-pool.ts';
import type { ShardClaimOutcome, ShardLedger } from './shard-ledger.ts';

/** A run of the given parts, and a pool with two workers on it. The first claims return what the test says. */
async function world({
  parts = ['a'],
  claims = [],
  verbs = {},
  ledger = {},
}: {
  readonly parts?: readonly string[];
  readonly claims?: readonly (ShardClaimOutcome | Error | 'real')[];
  readonly verbs?: Partial<ShardLedger>;
  readonly ledger?: Partial<RunLedger>;
} = {}) {
  const world = new EngineWorld();
  await world.divide(parts);
  const script = [...claims];
  const shardLedger = withVerbs<ShardLedger>(world.store.shardLedger, {
    async claim(request) {
      const next = script.shift() ?? 'real';
      if (next instanceof Error) throw next;
      return next === 'real' ? world.store.shardLedger.claim(request) : next;
    },
    ...verbs,
  });
  const ports = world.ports({
    shardLedger,
    ledger: withVerbs<RunLedger>(world.store.ledger, ledger),
    shardConcurrency: 2,
  });
  const pool = new ShardPool(ports, shardLedger, 'one');
  const stopping = createAbortController();
  const work = (options: Partial<JobOptions> = {}) => pool.work(world.job(options), start, stopping.signal);
  return { world, pool, stopping, work };
}

const held = (retryInMs: number): ShardClaimOutcome => ({ kind: 'held', retryInMs });

describe('a pool of workers on shards', () => {
  it.each<[ShardClaimOutcome, ShardClaimOutcome]>([
    [held(300), held(700)],
    [{ kind: 'paused' }, { kind: 'done' }],
    [{ kind: 'paused' }, held(1)],
    [{ kind: 'done' }, held(1)],
  ])('returns %j rather than %j, whichever of its workers found it', async (better, worse) => {
    for (const claims of [
      [better, worse],
      [worse, better],
    ]) {
      const { work } = await world({ claims });
      expect(await work()).toEqual(better);
    }
  });

  it('says that it has ended the run, also if one of its workers found the last shard held before', async () => {
    for (const claims of [['real'], [held(1_000), 'real']] as const) {
      const { world: shared, pool, work } = await world({ claims });
      expect(await work()).toMatchObject({ kind: 'joined', report: { end: 'succeeded', processed: 1 } });
      expect(pool.holdsLease).toBe(false);
      expect(await shared.run()).toMatchObject({ status: 'succeeded' });
    }
  });

  it('says that it stopped, although one of its workers found the rest held', async () => {
    for (const claims of [['real'], [held(1_000), 'real']] as const) {
      const { pool, stopping, work } = await world({ claims });
      const batch = async () => {
        stopping.abort();
        return { processed: 1, next: 'more' };
      };
      expect(await work({ batch })).toEqual({ kind: 'stopped' });
      expect(pool.holdsLease).toBe(false);
    }
  });

  it('lets the other shards end when the store goes away in one, and then throws', async () => {
    const { world: shared, pool, work } = await world({ parts: ['a', 'b', 'c'] });
    const batch: JobOptions['batch'] = async ({ shard }) => {
      if (shard === 'a') throw gone;
      return { processed: 1, next: null };
    };
    await expect(work({ batch })).rejects.toBe(gone);
    expect((await shared.shardRows()).map(({ status }) => status)).toEqual([
      'open',
      'succeeded',
      'succeeded',
    ]);
    expect(pool.holdsLease).toBe(true);
  });

  it('throws if it cannot claim, although it has ended a shard', async () => {
    const { world: shared, work } = await world({ parts: ['a', 'b'], claims: ['real', gone] });
    await expect(work()).rejects.toBe(gone);
    expect((await shared.shardRows())[0]).toMatchObject({ status: 'succeeded' });
  });

  it('holds a lease if a shard could not be given back', async () => {
    const { pool, stopping, work } = await world({ verbs: { release: () => Promise.reject(gone) } });
    const batch = async () => {
      stopping.abort();
      return { processed: 1, next: 'more' };
    };
    expect(await work({ batch })).toEqual({ kind: 'stopped' });
    expect(pool.holdsLease).toBe(true);
  });

  it('holds none any more once it has taken over the shard that the store cut short', async () => {
    const { world: shared, pool, work } = await world();
    await expect(work({ batch: () => Promise.reject(gone) })).rejects.toBe(gone);
    await shared.clock.advanceBy(leaseMs);
    expect(await work()).toMatchObject({ kind: 'joined' });
    expect(pool.holdsLease).toBe(false);
  });

  it('holds the lease of a run that it has joined, if its end could not be recorded', async () => {
    const { pool, work } = await world({ ledger: { succeed: () => Promise.reject(gone) } });
    await expect(work()).rejects.toBe(gone);
    expect(pool.holdsLease).toBe(true);
  });
});
