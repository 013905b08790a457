import type { Transaction } from '@gamekeeper/core';
import type { VerdictChange, VerdictLog, VerdictRecord } from '@gamekeeper/core/ports';
import type { MemoryJobTables } from '../jobs/memory-job-tables.ts';

/** The log of verdicts in memory. */
export class MemoryVerdictLog implements VerdictLog {
  readonly #tables: MemoryJobTables;

  constructor(tables: MemoryJobTables) {
    this.#tables = tables;
  }

  record(tx: Transaction, changes: readonly VerdictChange[]): Promise<readonly string[]> {
    return this.#tables.database.within(tx, (open) => {
      const mine = changes.filter(({ before, after }) =>
        sameVerdict(this.#tables.verdicts.get(after.job) ?? null, before),
      );
      for (const { after } of mine) this.#tables.verdicts.set(open, after.job, after);
      return mine.map(({ after }) => after.job);
    });
  }

  list(subjects: readonly string[], tx?: Transaction): Promise<readonly VerdictRecord[]> {
    return this.#tables.database.within(tx, () =>
      subjects.flatMap((subject) => this.#tables.verdicts.get(subject) ?? []),
    );
  }
}

function sameVerdict(a: VerdictRecord | null, b: VerdictRecord | null): boolean {
  return a?.verdict === b?.verdict && a?.since === b?.since && a?.alertedAt === b?.alertedAt;
}
