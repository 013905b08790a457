import { describe, expect, it } from 'vitest';
import { EngineWorld, leaseMs, start } from '../../../test/engine-world.ts';
import { Attempt } from './attempt.ts';
import { divideRun } from './divide-run.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { JobOptions } from './job-definition.ts';
import { FINISHING_CHECKPOINT, type Claim } from './run-ledger.ts';
import { dividedCheckpoint } from './shard-ledger.ts';

const parts = (...names: readonly string[]): Pick<JobOptions, 'shards'> => ({
  shards: async () => ({ parts: names }),
});

/** Divides the run of a claim that is as the test says; returns whether it is divided, and its shards. */
async function divide(
  options: Partial<JobOptions>,
  claimed: Partial<Claim> = {},
  change: (ports: EnginePorts) => EnginePorts = (ports) => ports,
) {
  const world = new EngineWorld();
  const ports = change(world.ports());
  const attempt = new Attempt(world.job(options), { ...(await world.claim()), ...claimed }, ports);
  try {
    const divided = await divideRun(ports, attempt);
    return { divided, shards: (await world.shardRows()).map(({ part }) => part) };
  } finally {
    attempt.stop();
  }
}

const withoutShardLedger = ({ shardLedger: _none, ...ports }: EnginePorts): EnginePorts => ports;
const whole = { divided: false, shards: [] };

describe('a run', () => {
  it('is divided into two parts or more, and at most as many as its job allows', async () => {
    expect(await divide(parts('a', 'b'))).toEqual({ divided: true, shards: ['a', 'b'] });
    expect(await divide({ ...parts('a', 'b', 'c'), maxShards: 3 })).toEqual({
      divided: true,
      shards: ['a', 'b', 'c'],
    });
    for (const few of [parts(), parts('a')]) expect(await divide(few)).toEqual(whole);
    await expect(divide({ ...parts('a', 'b', 'c'), maxShards: 2 })).rejects.toThrow(
      'shards of sweep must return { parts: a list of at most 2 }; got 3 parts.',
    );
  });

  it('is divided by what its job returns for its tick and the number of parts that it allows', async () => {
    const asked: unknown[] = [];
    const shards: JobOptions['shards'] = async (query) => {
      asked.push(query);
      return { parts: ['a', 'b'] };
    };
    await divide({ shards, maxShards: 5 });
    expect(asked).toEqual([{ asOf: start, max: 5 }]);
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['a', '"a"'],
    [{}, '{}'],
    [{ parts: { length: 2 } }, '{"parts":{"length":2}}'],
  ])('fails if its job returns %j instead of parts', async (division, got) => {
    await expect(divide({ shards: async () => division as never })).rejects.toThrow(
      new TypeError(`shards of sweep must return { parts: a list of at most 16 }; got ${got}.`),
    );
  });

  it('stays whole where a part of it is done already, or its job allows one shard', async () => {
    for (const claimed of [{ checkpoint: 'half' }, { processed: 1 }, { checkpoint: FINISHING_CHECKPOINT }])
      expect(await divide(parts('a', 'b'), claimed)).toEqual(whole);
    expect(await divide({ ...parts('a', 'b'), maxShards: 1 })).toEqual(whole);
  });

  it('stays whole on a host that cannot divide it', async () => {
    expect(await divide({})).toEqual(whole);
    expect(await divide(parts('a', 'b'), {}, withoutShardLedger)).toEqual(whole);
  });

  it.each([
    ['whose job defines no shards', {}, (ports: EnginePorts) => ports],
    ['whose store has no ledger of shards', parts('a', 'b'), withoutShardLedger],
  ])('that is divided already fails on a host %s, which says where to run it', async (_host, job, change) => {
    const claimed = { checkpoint: dividedCheckpoint(null) };
    await expect(divide(job, claimed, change)).rejects.toMatchObject({
      code: 'SHARDS_NOT_SUPPORTED',
      message: expect.stringMatching(
        /^The run of sweep at 2026-11-24T00:00:00.000Z is divided .*; run the tick again from a host that does\.$/,
      ) as string,
    });
  });

  it('is divided again into the shards that failed', async () => {
    const world = new EngineWorld();
    await world.divide(['a', 'b']);
    await world.store.shardLedger.end(
      await world.claimShard(),
      { processed: 3, failedItems: 0, error: null },
      leaseMs,
    );
    const failed = { processed: 1, failedItems: 0, error: 'disk full' };
    const joined = await world.store.shardLedger.end(await world.claimShard(), failed, leaseMs);
    const ports = world.ports();
    const attempt = new Attempt(world.job(parts('x', 'y', 'z')), joined!.claim, ports);
    expect(await divideRun(ports, attempt)).toBe(true);
    attempt.stop();
    expect((await world.shardRows()).map(({ part, status }) => [part, status])).toEqual([
      ['a', 'succeeded'],
      ['b', 'open'],
    ]);
  });
});
