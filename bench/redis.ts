import type { BenchOptions } from './lib/arguments.ts';
import { live } from './redis/live.ts';
import { rebuilds } from './redis/rebuilds.ts';
import { RedisScene } from './redis/scene.ts';

/** Leaderboards in Redis: how long a rebuild takes, whom it keeps waiting, and what awards and ranks cost. */
export async function redis(options: BenchOptions): Promise<void> {
  const scene = await RedisScene.open(options);
  try {
    for (const players of options.rows) {
      await scene.fill(players);
      await rebuilds(scene, players, options.pairs);
      if (players === Math.max(...options.rows)) await live(scene, options.pairs);
    }
  } finally {
    await scene.close();
  }
}
