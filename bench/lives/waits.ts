import type { BenchStore } from '../lib/bench-store.ts';
import { load, rest } from '../lib/machine.ts';
import { median, percentile } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { check, ours, restore, type Crowd } from './crowd.ts';
import { Players, type Played, type Setup } from './players.ts';
import { job, oneUpdate } from './ways.ts';

const GOAL_MS = 250;
const QUIET_SECONDS = 5;

/** Measures how long players wait who spend lives while the whole table is being worked on. */
export async function waits(store: BenchStore, crowd: Crowd, setup: Setup, rounds: number): Promise<void> {
  const players = await Players.open(setup);
  const during: Record<'quiet' | 'job' | 'update', Played[]> = { quiet: [], job: [], update: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await restore(store);
      const quiet = await players.during(() => rest(QUIET_SECONDS));
      const run = await players.during(() => job(store));
      await check(store, crowd, { spent: quiet.spent + run.spent });
      during.quiet.push(quiet);
      during.job.push(run);
    }
    await restore(store);
    during.update.push(await players.during(() => oneUpdate(store, ours)));
  } finally {
    await players.close();
  }

  const row = (name: string, played: readonly Played[]): string[] => {
    const all = played.flatMap((one) => one.waits);
    const worst = played.map((one) => Math.max(...one.waits).toFixed(0));
    const ms = [median(all), percentile(all, 0.99)].map((value) => value.toFixed(1));
    return [name, count(all.length), ...ms, worst.join(', ')];
  };
  print(`Waits of a player who spends a life while ${count(crowd.rows)} players are given one`);
  print(`One connection that spends all the time, ${rounds} runs; ${load()}.\n`);
  print(
    table([
      ['', 'lives spent', 'median ms', '99 % ms', 'longest ms, by run'],
      row('nothing else happens', during.quiet),
      row('the job runs', during.job),
      row('one UPDATE of everybody runs instead', during.update),
    ]),
  );
  const longest = Math.max(...during.job.flatMap((one) => one.waits));
  print(
    `  Goal, no wait above ${GOAL_MS} ms during the job: ${longest <= GOAL_MS ? 'met' : 'MISSED'} (${longest.toFixed(0)} ms)\n`,
  );
}
