import type { BenchOptions } from './arguments.ts';
import type { BenchStore } from './bench-store.ts';
import { contest } from './contest.ts';
import { runJob, withStore } from './with-store.ts';

/** So many rows are written one by one, and their time is scaled up. */
const SAMPLE = 2_000;

/** A job that carries out a rule on all rows that are due. */
export interface SweepBench {
  readonly title: string;
  readonly job: string;
  readonly table: string;
  /** The column that names a row. */
  readonly id: string;
  /** Which rows are due, in SQL. */
  readonly due: string;
  /** The rule and its events in one statement, on the rows of a condition. */
  readonly statement: (which: string) => string;
  readonly createCrowd: (store: BenchStore, rows: number, ids: BenchOptions['ids']) => Promise<void>;
  readonly restore: (store: BenchStore) => Promise<void>;
  readonly check: (store: BenchStore, rows: number) => Promise<void>;
}

/** Sets a sweep through the engine beside its one statement, and beside that statement row by row. */
export async function sweepContest(bench: SweepBench, options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  await withStore(options, async (store) => {
    await bench.createCrowd(store, rows, options.ids);
    await contest(
      {
        title: bench.title,
        rows,
        goal: 1.5,
        restore: () => bench.restore(store),
        job: () => runJob(store, bench.job),
        handWritten: async () => void (await store.query(bench.statement(bench.due))),
        rowByRow: () => rowByRow(store, bench),
        check: () => bench.check(store, rows),
      },
      options.pairs,
    );
  });
}

async function rowByRow(store: BenchStore, { table, id, due, statement }: SweepBench): Promise<number> {
  const found = await store.query<{ id: string }>(
    `select ${id} as id from {${table}} where ${due} limit ${SAMPLE}`,
  );
  for (const row of found) await store.query(statement(`${id} = '${row.id}' and ${due}`));
  return found.length;
}
