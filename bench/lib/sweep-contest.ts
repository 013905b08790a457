import type { BenchOptions } from './arguments.ts';
import type { BenchStore } from './bench-store.ts';
import { contest, type Way } from './contest.ts';
import { createNatural } from './natural-schema.ts';
import { runJob, withStore } from './with-store.ts';

/** So many rows are written one by one, and their time is scaled up. */
const SAMPLE = 2_000;

/** A job that carries out a rule on all rows that are due. */
export interface SweepBench {
  readonly title: string;
  readonly job: string;
  readonly table: string;
  /** The table of the statement, in the natural schema. */
  readonly natural: string;
  readonly goal: number;
  /** The column that names a row. */
  readonly id: string;
  /** Which rows are due, in SQL. */
  readonly due: string;
  /** The rule and its events in one statement, on the rows of a condition, on the natural tables. */
  readonly statement: (which: string) => string;
  readonly createCrowd: (store: BenchStore, rows: number, ids: BenchOptions['ids']) => Promise<void>;
  /** Fills a table anew. */
  readonly fill: (store: BenchStore, table: string) => Promise<void>;
  readonly check: (store: BenchStore, rows: number, on: Tables) => Promise<void>;
}

/** The tables that a way writes. */
export interface Tables {
  readonly table: string;
  /** Has a row for each event. */
  readonly events: string;
}

/** Sets a sweep through the engine beside its one statement, and beside that statement row by row. */
export async function sweepContest(bench: SweepBench, options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  await withStore(options, async (store) => {
    await bench.createCrowd(store, rows, options.ids);
    await createNatural(store, bench.natural, 'natural_outbox');
    const tables: Readonly<Record<Way, Tables>> = {
      job: { table: bench.table, events: 'outbox_events' },
      handWritten: { table: bench.natural, events: 'natural_outbox' },
    };
    await contest(
      store,
      {
        title: bench.title,
        plot: bench.title,
        rows,
        goal: bench.goal,
        updated: { job: bench.table, handWritten: bench.natural },
        restore: (who) => restore(store, bench, tables[who].table),
        job: () => runJob(store, bench.job),
        handWritten: async () => void (await store.query(bench.statement(bench.due))),
        rowByRow: () => rowByRow(store, bench),
        check: (who) => bench.check(store, rows, tables[who]),
      },
      options.pairs,
    );
  });
}

/** Puts all tables back, and fills the one that is measured next. */
async function restore(store: BenchStore, bench: SweepBench, table: string): Promise<void> {
  const all = [bench.table, bench.natural, 'outbox', 'natural_outbox', 'job_runs', 'streak_log'];
  await store.query(`truncate ${all.map((name) => `{${name}}`).join(', ')} restart identity`);
  await bench.fill(store, table);
  await store.query(`vacuum analyze {${table}}, {outbox}, {natural_outbox}`);
  await store.query('checkpoint');
}

async function rowByRow(store: BenchStore, { natural, id, due, statement }: SweepBench): Promise<number> {
  const found = await store.query<{ id: string }>(
    `select ${id} as id from {${natural}} where ${due} limit ${SAMPLE}`,
  );
  for (const row of found) await store.query(statement(`${id} = '${row.id}' and ${due}`));
  return found.length;
}
