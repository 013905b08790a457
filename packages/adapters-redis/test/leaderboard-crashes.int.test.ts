import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import type { RedisLeaderboardCache } from '../src/index.ts';
import { ownCache, type OwnCache } from './own-cache.ts';
import { keysOf } from './own-keys.ts';
import { board, crowd, noon } from './processes/crowd.ts';
import { SortedBoard } from './sorted-board.ts';

const script = fileURLToPath(new URL('./processes/die-at-step.ts', import.meta.url));
const full = process.env['FULL_BOARDS'] === '1';

describeWithRedis('a process that is killed', (url) => {
  let own: OwnCache;
  let prefix: string;
  let cache: RedisLeaderboardCache;

  beforeEach(async () => {
    own = await ownCache(url, noon, { recalculationLeaseSeconds: 1 });
    ({ prefix, cache } = own);
  });
  afterEach(() => own.remove());

  const truth = (generation: number): SortedBoard => new SortedBoard(crowd(generation));
  const shown = (generation: number): unknown =>
    truth(generation).all.map((score, index) => ({ ...score, rank: index + 1 }));
  const read = (): Promise<unknown> => cache.top(board, { limit: 1_000 });

  /** Lets a process do something and die at a step; `false` when it came to the end first. */
  async function dies(action: string, generation: number, step: number): Promise<boolean> {
    const args = ['--conditions=@gamekeeper/source', script, url, prefix, action, `${generation}`, `${step}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (signal !== 'SIGKILL') expect(code).toBe(0);
    return signal === 'SIGKILL';
  }

  // A reconciliation begins, hands over two parts, finds that too much differs, begins anew, hands over two parts, and
  // publishes. A full one is the second half of that.
  it.each<[string, number]>([['reconcile', 7], ...(full ? [['rebuild', 4] as [string, number]] : [])])(
    'at any step of a %s leaves the old board or the new one whole, and nothing after the next run',
    { timeout: 300_000 },
    async (action, atLeast) => {
      await cache.reconcile(board, truth(0).pages);
      let generation = 1;
      for (let step = 1; await dies(action, generation, step); step += 1, generation += 1) {
        expect(step).toBeLessThan(30);
        expect([shown(generation - 1), shown(generation)]).toContainEqual(await read());
        const award = { ...crowd(generation)[step]!, score: 5_000 + step };
        await cache.record(board, award);
        expect(await cache.standing(board, award.userId)).toMatchObject({ score: award.score, rank: 1 });
        await cache.reconcile(board, truth(generation).pages);
        expect(await read()).toEqual(shown(generation));
        expect(await keysOf(url, prefix)).toHaveLength(3);
      }
      expect(generation - 1).toBeGreaterThanOrEqual(atLeast);
      expect(await read()).toEqual(shown(generation));
      expect(await keysOf(url, prefix)).toHaveLength(3);
    },
  );

  it('before it drops a board leaves it whole, and the next one drops it', { timeout: 60_000 }, async () => {
    await cache.reconcile(board, truth(0).pages);
    expect(await dies('drop', 0, 1)).toBe(true);
    expect(await read()).toEqual(shown(0));
    expect(await dies('drop', 0, 2)).toBe(false);
    await expect(read()).rejects.toMatchObject({ code: 'BOARD_NOT_CACHED' });
    expect(await keysOf(url, prefix)).toEqual([]);
  });

  it('does not keep two others from recalculating the board at once', { timeout: 60_000 }, async () => {
    await cache.reconcile(board, truth(0).pages);
    expect(await dies('rebuild', 1, 4)).toBe(true);
    await Promise.all([1, 2, 3].map(() => cache.reconcile(board, truth(1).pages, { full: true })));
    expect(await read()).toEqual(shown(1));
    expect(await keysOf(url, prefix)).toHaveLength(3);
  });
});
