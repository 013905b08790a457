import type { Clock } from '@gamekeeper/core';
import { BenchStore } from '../lib/bench-store.ts';
import { load } from '../lib/machine.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import { median, spread } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { measuredWrites } from '../lib/writes.ts';
import { check, ours, restore, type Crowd } from './crowd.ts';
import { Players, type Setup } from './players.ts';
import { job } from './ways.ts';

const GOAL = 0.6;
/** Parts for each shard at once: who ends early takes the next. */
const PARTS_EACH = 4;

/** Compares the job in one piece with the job in shards, alternating, and how long players wait meanwhile. */
export async function inShards(
  store: BenchStore,
  crowd: Crowd,
  setup: Setup,
  { pairs, shards }: { readonly pairs: number; readonly shards: number },
): Promise<void> {
  const clock: Clock = new ShiftedClock(setup.offsetMs);
  const divided = await BenchStore.open({ url: setup.url, schema: setup.schema }, clock, [], [], {
    engine: { shardConcurrency: shards },
    jobOverrides: { 'life-regeneration': { maxShards: shards * PARTS_EACH } },
  });
  const seconds = { whole: [] as number[], divided: [] as number[] };
  const longest = { whole: [] as number[], divided: [] as number[] };
  try {
    for (let pair = 0; pair < pairs; pair += 1) {
      for (const [way, host] of [
        ['whole', store],
        ['divided', divided],
      ] as const) {
        await restore(store);
        const written = await measuredWrites(store, { table: ours.lives, rows: crowd.rows }, () => job(host));
        seconds[way].push(written.seconds);
        await check(store, crowd);
        await restore(store);
        const players = await Players.open(setup);
        try {
          const { spent, waits } = await players.during(() => job(host));
          await check(store, crowd, { spent });
          longest[way].push(Math.max(...waits));
        } finally {
          await players.close();
        }
      }
    }
    const [{ parts }] = (await store.query<{ parts: number }>(
      'select count(*)::int as parts from {job_shards}',
    )) as [{ parts: number }];
    if (parts < 2) throw new Error(`the run was not divided: ${parts} shards`);
    print(
      `Life regeneration in shards: ${count(crowd.rows)} players due, ${parts} shards, ${shards} at once`,
    );
    print(`Medians (lowest–highest) of ${pairs} alternating rounds; ${load()}.\n`);
    print(
      table([
        ['', 'seconds', 'longest wait of a player, ms'],
        ['in one piece', spread(seconds.whole, 2), spread(longest.whole, 0)],
        ['in shards', spread(seconds.divided, 2), spread(longest.divided, 0)],
      ]),
    );
    const ratio = median(seconds.divided.map((value, pair) => value / seconds.whole[pair]!));
    print(`  Goal, at most ${GOAL} × one piece: ${ratio <= GOAL ? 'met' : 'MISSED'} (${ratio.toFixed(2)})\n`);
  } finally {
    await divided.close();
  }
}
