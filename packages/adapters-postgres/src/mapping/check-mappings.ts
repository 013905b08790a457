import type { SetupFinding } from '@gamekeeper/core';
import { failedSetup } from '@gamekeeper/core/ports';
import type { Sql } from '../database/postgres-transaction.ts';
import { expectedLives, expectedProgress, expectedSessions } from './expected-columns.ts';
import { TableMappingError } from './mapping-errors.ts';
import { readHostTable } from './read-table.ts';
import { fullLivesProblems, sessionAdvice, streakAdvice, writeAdvice } from './table-advice.ts';
import type {
  LivesMapping,
  ProgressMapping,
  SessionsMapping,
  TableMapping,
  TableMappings,
} from './table-mappings.ts';
import { nameOf, tableProblems, type TableProblem } from './table-problems.ts';

/** A mapped table after a look at the catalog. */
interface CheckedTable {
  /** The option: `lives`. */
  readonly subject: string;
  readonly mapping: TableMapping;
  /** What keeps statements from working; empty if they work. */
  readonly wrong: readonly TableProblem[];
  /** What makes them slow. */
  readonly slow: readonly TableProblem[];
}

/**
 * Checks that our statements can work on the host's tables. Reads the catalog only.
 *
 * @throws {TableMappingError} for the first table on which they cannot
 */
export async function assertMappings(db: Sql, mappings: TableMappings = {}): Promise<void> {
  for (const table of await checkedTables(db, mappings)) {
    const error = errorOf(table);
    if (error) throw error;
  }
}

/** Returns the findings of `gamekeeper check` about the host's tables. */
export async function mappingFindings(
  db: Sql,
  mappings: TableMappings = {},
): Promise<readonly SetupFinding[]> {
  const tables = await checkedTables(db, mappings);
  return tables.flatMap((table) => {
    const subject = `tables.${table.subject}`;
    const error = errorOf(table);
    if (error) return [failedSetup(subject, error)];
    const name = nameOf(table.mapping);
    const fits = { subject, status: 'ok', code: null, fix: [] } as const;
    return [
      { ...fits, text: `The table ${name} fits: columns, types, unique index and privileges.` },
      ...table.slow.map(({ text, fix }) => ({
        ...fits,
        status: 'warning' as const,
        text: `In the table ${name}, ${text}.`,
        fix,
      })),
    ];
  });
}

async function checkedTables(
  db: Sql,
  { lives, progress, sessions }: TableMappings,
): Promise<readonly CheckedTable[]> {
  return [
    ...(lives ? [await checkedLives(db, lives)] : []),
    ...(progress ? [await checkedProgress(db, progress)] : []),
    ...(sessions ? [await checkedSessions(db, sessions)] : []),
  ];
}

async function checkedLives(db: Sql, mapping: LivesMapping): Promise<CheckedTable> {
  const subject = 'lives';
  const table = await readHostTable(db, mapping);
  if (!table) return { subject, mapping, wrong: [missing], slow: [] };
  const expected = expectedLives(mapping);
  const full = fullLivesProblems(mapping, table);
  const wrong = [...tableProblems(mapping, expected, table), ...full.wrong];
  return { subject, mapping, wrong, slow: [...full.slow, ...writeAdvice(mapping, expected, table)] };
}

async function checkedProgress(db: Sql, mapping: ProgressMapping): Promise<CheckedTable> {
  const subject = 'progress';
  const table = await readHostTable(db, mapping);
  if (!table) return { subject, mapping, wrong: [missing], slow: [] };
  const expected = expectedProgress(mapping);
  const slow = [
    ...streakAdvice(mapping, table),
    ...writeAdvice(mapping, expected, table, { due: mapping.columns.lastQuizAt }),
  ];
  return { subject, mapping, wrong: tableProblems(mapping, expected, table), slow };
}

async function checkedSessions(db: Sql, mapping: SessionsMapping): Promise<CheckedTable> {
  const subject = 'sessions';
  const table = await readHostTable(db, mapping);
  if (!table) return { subject, mapping, wrong: [missing], slow: [] };
  const expected = expectedSessions(mapping);
  const slow = [
    ...sessionAdvice(mapping, table),
    ...writeAdvice(mapping, expected, table, { due: mapping.columns.expiresAt }),
  ];
  return { subject, mapping, wrong: tableProblems(mapping, expected, table), slow };
}

const missing: TableProblem = { text: 'it does not exist in this database', fix: [] };

function errorOf({ subject, mapping, wrong }: CheckedTable): TableMappingError | null {
  if (wrong.length === 0) return null;
  const reasons = wrong.map(({ text }) => text).join('; ');
  const what = `The table ${nameOf(mapping)} cannot be used as postgres.tables.${subject} says: ${reasons}`;
  return new TableMappingError(what, {
    advice: wrong.some(({ fix }) => fix.length > 0)
      ? 'run as the owner of the table'
      : 'correct the option or the table',
    fix: wrong.flatMap(({ fix }) => fix),
  });
}
