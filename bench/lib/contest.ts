import { load, measured } from './machine.ts';
import { median, spread } from './statistics.ts';
import { count, print, table } from './table.ts';

const MEMORY_GOAL_MB = 150;

/** A way of ours, measured against others with the same effect. */
export interface Contest {
  readonly title: string;
  /** Rows that are due. */
  readonly rows: number;
  /** Ours, at most so many times the seconds of the statement; `null` where the comparison is for information. */
  readonly goal: number | null;
  /** What our way is called; `the job, through the engine` unless given. */
  readonly ours?: string;
  /** What the statement is called; `one statement with events` unless given. */
  readonly theirs?: string;
  /** Puts all tables back as if nothing had happened. */
  readonly restore: () => Promise<void>;
  readonly job: () => Promise<void>;
  readonly handWritten: () => Promise<void>;
  /** Goes through some rows one by one and answers how many. */
  readonly rowByRow?: () => Promise<number>;
  /** @throws {Error} when the outcome of the job (or of the statement) is wrong */
  readonly check: (who: 'job' | 'handWritten') => Promise<void>;
}

type Way = 'job' | 'handWritten';

/** Each way from the same tables, several times; who goes first alternates. Prints a table. */
export async function contest(each: Contest, pairs: number): Promise<void> {
  const seconds: Record<Way, number[]> = { job: [], handWritten: [] };
  const rowByRow: number[] = [];
  const megabytes: number[] = [];
  const loads: string[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    loads.push(load());
    const order: readonly Way[] = pair % 2 === 0 ? ['job', 'handWritten'] : ['handWritten', 'job'];
    for (const way of order) {
      await each.restore();
      const took = await measured(each[way]);
      await each.check(way);
      seconds[way].push(took.seconds);
      if (way === 'job') megabytes.push(took.peakMegabytes);
    }
    if (each.rowByRow) rowByRow.push(await scaledUp(each, each.rowByRow));
  }
  report(each, { ...seconds, rowByRow, megabytes, loads });
}

async function scaledUp(each: Contest, rowByRow: () => Promise<number>): Promise<number> {
  await each.restore();
  let sample = 0;
  const { seconds } = await measured(async () => (sample = await rowByRow()));
  return (seconds / sample) * each.rows;
}

function report(
  { title, rows, goal, ours, theirs }: Contest,
  {
    job,
    handWritten,
    rowByRow,
    megabytes,
    loads,
  }: Record<Way | 'rowByRow' | 'megabytes', readonly number[]> & { readonly loads: readonly string[] },
): void {
  const digits = median(handWritten) < 1 ? 4 : 2;
  const ratios = (way: readonly number[]): number[] => way.map((value, pair) => value / handWritten[pair]!);
  const row = (name: string, way: readonly number[]): string[] => [
    name,
    spread(way, digits),
    spread(ratios(way), 2),
    Math.min(...way).toFixed(digits),
  ];
  print(`${title}: ${count(rows)} rows`);
  print(`Medians (lowest–highest) of ${job.length} alternating rounds; ${loads.join(', ')}.\n`);
  print(
    table([
      ['', 'seconds', '× the statement', 'fastest'],
      row(ours ?? 'the job, through the engine', job),
      row(theirs ?? 'one statement with events', handWritten),
      ...(rowByRow.length > 0 ? [row('row by row, scaled up from a sample', rowByRow)] : []),
    ]),
  );
  const ratio = median(ratios(job));
  const fastest = Math.min(...job) / Math.min(...handWritten);
  const memory = Math.max(...megabytes);
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
