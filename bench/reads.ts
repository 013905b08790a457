import { addMs, userId } from '@gamekeeper/core';
import type { BenchOptions } from './lib/arguments.ts';
import { load } from './lib/machine.ts';
import { median, percentile } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';
import { expectEqual, midnight, withStore } from './lib/with-store.ts';
import { createBoard, restoreBoard } from './jobs/board.ts';

const READS = 50;

/** How long reads of a full board take where PostgreSQL is the only store. */
export async function reads(options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  await withStore(options, async (store) => {
    const period = { key: 'all', startsAt: addMs(midnight, -1), endsAt: midnight };
    const full = { board: 'global', period, rows };
    await createBoard(store, full, options.ids);
    await restoreBoard(store, full);
    const { leaderboards } = store.host;
    const middle = Math.ceil(rows / 2);
    const [player] = await store.query<{ user_id: string }>(
      `select user_id from {crowd} where rank = ${middle}`,
    );
    const id = userId(player!.user_id);
    expectEqual({ rank: (await leaderboards.standing('global', id))?.rank }, { rank: middle });
    const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['top 10', () => leaderboards.top('global', { limit: 10 })],
      ['standing of the player in the middle', () => leaderboards.standing('global', id)],
      ['around that player, 5 before and 5 after', () => leaderboards.around('global', id)],
    ];
    const lines = [['', 'median ms', '99 % ms']];
    for (const [name, read] of ways) lines.push([name, ...(await times(read))]);
    print(`Reads of a board with ${count(rows)} players, on PostgreSQL only`);
    print(`${READS} of each, one after the other; for information, no goal; ${load()}.\n`);
    print(table(lines));
  });
}

async function times(read: () => Promise<unknown>): Promise<string[]> {
  const milliseconds: number[] = [];
  for (let turn = 0; turn < READS; turn += 1) {
    const startedAt = performance.now();
    await read();
    milliseconds.push(performance.now() - startedAt);
  }
  return [median(milliseconds), percentile(milliseconds, 0.99)].map((ms) => ms.toFixed(2));
}
