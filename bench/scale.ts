import { chosenParts, type BenchOptions } from './lib/arguments.ts';
import { load } from './lib/machine.ts';
import { count, print, table } from './lib/table.ts';
import { livesWork } from './scale/lives.ts';
import { measureWork, type Measured, type Work } from './scale/measure-work.ts';
import { measureRebuild } from './scale/rebuild.ts';
import { resetWork } from './scale/reset.ts';
import { retentionWork } from './scale/retention.ts';
import { streakWork } from './scale/streaks.ts';

const GOAL = 1.15;
const WAIT_GOAL_MS = 250;

/** A job that is measured at several sizes. */
interface SizedWork {
  readonly title: string;
  readonly measure: (rows: number, options: BenchOptions) => Promise<Measured>;
}

const works: Readonly<Record<string, SizedWork>> = {
  ...Object.fromEntries(
    [livesWork, streakWork, resetWork, retentionWork].map((work) => [work.job, sized(work)]),
  ),
  'leaderboard-recalculation': {
    title: 'Rebuild of a board in Redis from PostgreSQL',
    measure: measureRebuild,
  },
};

function sized(work: Work): SizedWork {
  return { title: work.title, measure: (rows, options) => measureWork(work, rows, options) };
}

/** Each heavy job at several sizes: whether a million rows cost the same where there are more of them. */
export async function scale(options: BenchOptions): Promise<void> {
  const names = chosenParts(works, options);
  for (const name of names) {
    const { title, measure } = works[name]!;
    const found: Measured[] = [];
    for (const rows of options.rows.toSorted((a, b) => a - b)) found.push(await measure(rows, options));
    report(`${title} (${name})`, found);
  }
}

function report(title: string, found: readonly Measured[]): void {
  const smallest = perMillion(found[0]!);
  print(`${title}; ${load()}\n`);
  print(
    table([
      [
        'rows',
        'seconds',
        'per million',
        '× the fewest rows',
        'Node, MB above idle',
        'longest wait of a player, ms',
      ],
      ...found.map((one) => [
        count(one.rows),
        one.seconds.toFixed(1),
        perMillion(one).toFixed(2),
        (perMillion(one) / smallest).toFixed(2),
        one.peakMegabytes.toFixed(1),
        one.longestWaitMs === null ? '' : `${one.longestWaitMs.toFixed(0)}, of ${count(one.calls)} calls`,
      ]),
    ]),
  );
  const worst = Math.max(...found.map((one) => perMillion(one) / smallest));
  print(`  Goal, at most ${GOAL} × the time per million: ${verdict(worst, GOAL)} (${worst.toFixed(2)})`);
  const waits = found.flatMap(({ longestWaitMs }) => longestWaitMs ?? []);
  const longest = Math.max(...waits);
  if (waits.length > 0)
    print(
      `  Goal, no wait above ${WAIT_GOAL_MS} ms: ${verdict(longest, WAIT_GOAL_MS)} (${longest.toFixed(0)} ms)`,
    );
  print('');
}

function verdict(value: number, goal: number): string {
  return value <= goal ? 'met' : 'MISSED';
}

function perMillion({ seconds, rows }: Measured): number {
  return (seconds / rows) * 1_000_000;
}
