import { MAX_NAME_LENGTH } from '@gamekeeper/core';
import { quoted } from '../database/sql.ts';
import type { ExpectedColumn } from './expected-columns.ts';
import type { HostIndex, HostTable } from './read-table.ts';
import type { LivesMapping, ProgressMapping, SessionsMapping, TableMapping } from './table-mappings.ts';
import { nameOf, type TableProblem } from './table-problems.ts';

/** The column that the DDL of {@link fullLivesProblems} adds. */
const FULL_LIVES = 'gamekeeper_full_lives';

/** From this fill factor on, a page has too little room for new versions of its rows. */
const DENSE = 70;

/**
 * Returns what makes updates of a table slower than they could be.
 *
 * @param options.due the first column of the index that finds due rows, which is worth its writes
 */
export function writeAdvice(
  mapping: TableMapping,
  expected: readonly ExpectedColumn[],
  { indexes, triggers, fillFactor }: HostTable,
  { due }: { readonly due?: string } = {},
): readonly TableProblem[] {
  const updated = new Set(expected.filter(({ isUpdated }) => isUpdated).map(({ name }) => name));
  const isWanted = ({ keys }: HostIndex): boolean => due !== undefined && keys[0] === due;
  const touched = indexes.filter(
    (index) => !isWanted(index) && index.columns.some((one) => updated.has(one)),
  );
  const rows = triggers.filter(({ isRow }) => isRow).map(({ name }) => quoted(name));
  return [
    ...(touched.length > 0
      ? [
          {
            text: `each update also writes to the index ${touched.map(({ name }) => name).join(', ')}, and rows move instead of being rewritten in place`,
            fix: [],
          },
        ]
      : []),
    ...(fillFactor > DENSE && touched.length === 0
      ? [
          {
            text: `its pages are filled to ${fillFactor} %, so updated rows often move to another page`,
            fix: [`alter table ${nameOf(mapping)} set (fillfactor = 50)`],
          },
        ]
      : []),
    ...(rows.length > 0
      ? [{ text: `the trigger ${rows.join(', ')} runs for every row that a job changes`, fix: [] }]
      : []),
  ];
}

/** Returns what makes ticks of streaks slower than they could be. */
export function streakAdvice(
  mapping: ProgressMapping,
  { indexes, columns }: HostTable,
): readonly TableProblem[] {
  const { currentStreak, lastQuizAt, evaluatedOn, lostStreak } = mapping.columns;
  const table = nameOf(mapping);
  const problems: TableProblem[] = [];
  if (!indexes.some(({ keys }) => keys[0] === lastQuizAt)) {
    const index = `create index concurrently on ${table} (${quoted(lastQuizAt)}) where ${quoted(currentStreak)} > 0`;
    problems.push({
      text: 'no index finds the streaks in danger, so every tick reads the whole table',
      fix: [index],
    });
  }
  const missing = [
    ...(evaluatedOn === undefined ? ['streak_evaluated_on date'] : []),
    ...(lostStreak === undefined ? ['lost_streak int'] : []),
  ];
  const narrow = narrowColumns(mapping, columns);
  if (narrow.length > 0) problems.push({ text: narrow.join(', and '), fix: [] });
  if (missing.length > 0) {
    const text =
      'a tick locks each streak before it changes it, because columns.evaluatedOn or columns.lostStreak is missing; add and name both';
    problems.push({ text, fix: missing.map((column) => `alter table ${table} add column ${column}`) });
  }
  return problems;
}

/** Returns what makes the expiry of sessions slower than it could be. */
export function sessionAdvice(mapping: SessionsMapping, { indexes }: HostTable): readonly TableProblem[] {
  const { status, expiresAt } = mapping.columns;
  if (indexes.some(({ keys }) => keys[0] === expiresAt)) return [];
  const active = (mapping.statuses?.active ?? 'active').replaceAll("'", "''");
  const index = `create index concurrently on ${nameOf(mapping)} (${quoted(expiresAt)}) where ${quoted(status)} = '${active}'`;
  return [
    {
      text: 'no index finds the sessions that have expired, so every tick reads the whole table',
      fix: [index],
    },
  ];
}

/** What does not fit into a column is an error of the database at the call that brings it. */
function narrowColumns(
  { columns: { username, xp } }: ProgressMapping,
  columns: HostTable['columns'],
): string[] {
  const typeOf = (name: string): string => columns.find((one) => one.name === name)?.type ?? '';
  const length = Number(/^character varying\((\d+)\)$/.exec(typeOf(username))?.[1] ?? MAX_NAME_LENGTH);
  return [
    ...(length < MAX_NAME_LENGTH
      ? [`the column ${quoted(username)} holds no name of more than ${length} characters`]
      : []),
    ...(typeOf(xp) === 'integer' ? [`the column ${quoted(xp)} holds no more than 2,147,483,647 XP`] : []),
  ];
}

/** Returns the problems of the computed column and its indexes; the first kind must, the second should be mended. */
export function fullLivesProblems(
  mapping: LivesMapping,
  { columns, indexes }: HostTable,
): { readonly wrong: readonly TableProblem[]; readonly slow: readonly TableProblem[] } {
  const { columns: names, id } = mapping;
  const full = names.fullLives ?? FULL_LIVES;
  const table = nameOf(mapping);
  const alter = `alter table ${table} add column ${quoted(full)} int generated always as (case when ${quoted(names.currentLives)} >= 5 then 5 end) stored`;
  const below = `create index concurrently on ${table} (${quoted(id.column)}) where ${quoted(full)} is null`;
  const above = `create index concurrently on ${table} (${quoted(full)}) where ${quoted(full)} is not null`;
  if (names.fullLives === undefined) {
    const text =
      'no index finds the players below their maximum, so every tick reads the whole table; add a column for it (with your maxLives instead of 5) and name it as columns.fullLives';
    return { wrong: [], slow: [{ text, fix: [alter, below, above] }] };
  }
  const column = columns.find(({ name }) => name === full);
  if (!column)
    return { wrong: [{ text: `it has no column ${quoted(full)} (fullLives)`, fix: [alter] }], slow: [] };
  if (!isFullLives(column.generatedAs, names.currentLives)) {
    const text = `the column ${quoted(full)} (fullLives) is not computed from ${quoted(names.currentLives)} as it must be`;
    return { wrong: [{ text, fix: [`alter table ${table} drop column ${quoted(full)}`, alter] }], slow: [] };
  }
  const isNull = (predicate: string | null): boolean => predicate === `(${column.quotedName} IS NULL)`;
  const hasBelow = indexes.some(({ keys, predicate }) => keys[0] === id.column && isNull(predicate));
  const hasAbove = indexes.some(({ keys }) => keys[0] === full);
  const missing = [...(hasBelow ? [] : [below]), ...(hasAbove ? [] : [above])];
  const text = 'an index is missing that finds due players';
  return { wrong: [], slow: missing.length === 0 ? [] : [{ text, fix: missing }] };
}

/** `CASE WHEN (lives >= 5) THEN 5 ELSE NULL::integer END`, for any maximum: the rules of the day may have another one. */
function isFullLives(expression: string | null, lives: string): boolean {
  const match = /^\s*CASE\s+WHEN \((.+) >= (\d+)\) THEN (\d+)\s+ELSE NULL::integer\s+END$/.exec(
    expression ?? '',
  );
  return match !== null && match[2] === match[3] && unquoted(match[1]!) === lives;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
