import type { BenchOptions } from './lib/arguments.ts';
import { load } from './lib/machine.ts';
import { median } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';
import { bullMq } from './schedulers/bull-mq.ts';
import type { EmptyRuns } from './schedulers/empty-runs.ts';
import { gamekeeper } from './schedulers/gamekeeper.ts';
import { pgBoss } from './schedulers/pg-boss.ts';

const RUNS = 500;

/** An empty scheduled job here and in two other libraries, worked off as fast as each of them can. */
export async function schedulers(options: BenchOptions): Promise<void> {
  const all: EmptyRuns[] = [];
  for (let round = 0; round < options.pairs; round += 1) {
    for (const measure of [gamekeeper, bullMq, pgBoss]) all.push(...(await measure(options, RUNS)));
  }
  const names = [...new Set(all.map(({ name }) => name))];
  const lines = names.map((name) => {
    const rounds = all.filter((one) => one.name === name);
    const ms = rounds.map(({ milliseconds }) => milliseconds / RUNS);
    return [
      name,
      (rounds[0]!.sent / RUNS).toFixed(1),
      median(ms).toFixed(2),
      Math.min(...ms).toFixed(2),
      rounds[0]!.guarantee,
    ];
  });
  print('An empty scheduled job, run after run, from due to done');
  print(
    `${count(RUNS)} runs, ${options.pairs} alternating rounds; statements or commands as sent; ${load()}.\n`,
  );
  print(table([['', 'sent per run', 'median ms', 'fastest ms', 'what one run is'], ...lines]));
}
