import type { BenchStore } from './bench-store.ts';
import { load, measured } from './machine.ts';
import { median, spread } from './statistics.ts';
import { saveResult } from './results.ts';
import { count, print, table } from './table.ts';
import { measuredWrites, writesOf, type Written } from './writes.ts';

const MEMORY_GOAL_MB = 150;

/** A way of ours, measured against others with the same effect. */
export interface Contest {
  readonly title: string;
  /** Its heading in the plot of all jobs, if it is in it. */
  readonly plot?: string;
  /** Rows that are due. */
  readonly rows: number;
  /** Ours, at most so many times the seconds of the statement; `null` where the comparison is for information. */
  readonly goal: number | null;
  /** What our way is called; `the job, through the engine` unless given. */
  readonly ours?: string;
  /** What the statement is called; `one statement with events` unless given. */
  readonly theirs?: string;
  /** The table whose rows each way updates, if it updates any. */
  readonly updated?: Readonly<Record<Way, string>>;
  /** Puts the tables of a way back as if nothing had happened. */
  readonly restore: (who: Way) => Promise<void>;
  readonly job: () => Promise<void>;
  readonly handWritten: () => Promise<void>;
  /** Goes through some rows one by one and answers how many. */
  readonly rowByRow?: () => Promise<number>;
  /** @throws {Error} when the outcome of the job (or of the statement) is wrong */
  readonly check: (who: Way) => Promise<void>;
}

/** The job, or what it is compared with. */
export type Way = 'job' | 'handWritten';

/** Each way from the same tables, several times; who goes first alternates. Prints a table. */
export async function contest(store: BenchStore, each: Contest, pairs: number): Promise<void> {
  const written: Record<Way, Written[]> = { job: [], handWritten: [] };
  const rowByRow: number[] = [];
  const loads: string[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    loads.push(load());
    const order: readonly Way[] = pair % 2 === 0 ? ['job', 'handWritten'] : ['handWritten', 'job'];
    for (const way of order) {
      await each.restore(way);
      const on = { table: each.updated?.[way] ?? null, rows: each.rows };
      const took = await measuredWrites(store, on, each[way]);
      await each.check(way);
      written[way].push(took);
    }
    if (each.rowByRow) rowByRow.push(await scaledUp(each, each.rowByRow));
  }
  report(each, written, { rowByRow, loads });
  await save(each, written);
}

async function save(
  { plot, rows }: Contest,
  { job, handWritten }: Record<Way, readonly Written[]>,
): Promise<void> {
  if (plot === undefined) return;
  const perMillion = (way: readonly Written[]): number =>
    (median(way.map(({ seconds }) => seconds)) / rows) * 1_000_000;
  await saveResult({
    name: `job: ${plot}`,
    title: plot,
    unit: 'seconds per million rows',
    values: { 'the job': perMillion(job), 'one statement with events': perMillion(handWritten) },
  });
}

async function scaledUp(each: Contest, rowByRow: () => Promise<number>): Promise<number> {
  await each.restore('handWritten');
  let sample = 0;
  const { seconds } = await measured(async () => (sample = await rowByRow()));
  return (seconds / sample) * each.rows;
}

function report(
  { title, rows, goal, ours, theirs }: Contest,
  { job, handWritten }: Readonly<Record<Way, readonly Written[]>>,
  { rowByRow, loads }: { readonly rowByRow: readonly number[]; readonly loads: readonly string[] },
): void {
  const secondsOf = (way: readonly Written[]): readonly number[] => way.map(({ seconds }) => seconds);
  const statement = secondsOf(handWritten);
  const digits = median(statement) < 1 ? 4 : 2;
  const ratios = (way: readonly number[]): number[] => way.map((value, pair) => value / statement[pair]!);
  const row = (name: string, way: readonly number[], writes: readonly string[]): string[] => [
    name,
    spread(way, digits),
    spread(ratios(way), 2),
    Math.min(...way).toFixed(digits),
    ...writes,
  ];
  const written = (name: string, way: readonly Written[]): string[] =>
    row(name, secondsOf(way), writesOf(way));
  print(`${title}: ${count(rows)} rows`);
  print(`Medians (lowest–highest) of ${job.length} alternating rounds; ${loads.join(', ')}.\n`);
  print(
    table([
      ['', 'seconds', '× the statement', 'fastest', 'WAL bytes per row', '% updated in place (HOT)'],
      written(ours ?? 'the job, through the engine', job),
      written(theirs ?? 'one statement with events', handWritten),
      ...(rowByRow.length > 0 ? [row('row by row, scaled up from a sample', rowByRow, ['', ''])] : []),
    ]),
  );
  const ratio = median(ratios(secondsOf(job)));
  const fastest = Math.min(...secondsOf(job)) / Math.min(...statement);
  const memory = Math.max(...job.map(({ peakMegabytes }) => peakMegabytes));
  if (goal !== null) {
    print(
      `  Goal, at most ${goal} × the statement: ${verdict(ratio, goal)} (${ratio.toFixed(2)}; fastest rounds ${fastest.toFixed(2)})`,
    );
  }
  print(
    `  Goal, at most ${MEMORY_GOAL_MB} MB above idle: ${verdict(memory, MEMORY_GOAL_MB)} (${memory.toFixed(1)})\n`,
  );
}

function verdict(value: number, goal: number): string {
  return value <= goal ? 'met' : 'MISSED';
}
