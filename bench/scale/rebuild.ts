import { measured } from '../lib/machine.ts';
import type { BenchOptions } from '../lib/arguments.ts';
import { expectEqual } from '../lib/with-store.ts';
import { at, RedisScene } from '../redis/scene.ts';
import type { Measured } from './measure-work.ts';
import { withoutIndex } from './without-index.ts';

/** Everybody has a score on the all-time board, and Redis is empty. */
export async function measureRebuild(rows: number, options: BenchOptions): Promise<Measured> {
  const scene = await RedisScene.open(options);
  try {
    await withoutIndex(scene.store, 'rankings_order', () => scene.fill(rows));
    await scene.store.query('vacuum analyze {rankings}');
    await scene.store.query('checkpoint');
    const took = await measured(() => scene.reconcile(true));
    expectEqual({ size: await scene.cache.size(at) }, { size: rows });
    return { rows, ...took, longestWaitMs: null, calls: 0 };
  } finally {
    await scene.close();
  }
}
