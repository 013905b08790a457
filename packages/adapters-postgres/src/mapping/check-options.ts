import { InvalidOptionError } from '@gamekeeper/core';
import { givenObject, requiredOptions, storableText } from '@gamekeeper/core/engine';
import type { IdMapping, SessionsMapping, TableMapping, TableMappings } from './table-mappings.ts';

/** A mapping of any of the tables. */
type AnyMapping = TableMapping & { readonly columns: Readonly<Record<string, string | undefined>> };

interface ColumnNames {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const NAMES = {
  lives: { required: ['currentLives', 'lastRegenAt', 'nextRegenAt'], optional: ['fullLives'] },
  progress: {
    required: ['username', 'xp', 'currentStreak', 'longestStreak', 'lastQuizAt', 'protections'],
    optional: ['evaluatedOn', 'lostStreak', 'xpUpdatedAt'],
  },
  sessions: { required: ['status', 'startedAt', 'expiresAt', 'completedAt'], optional: [] },
} as const satisfies Readonly<Record<keyof TableMappings, ColumnNames>>;

/**
 * Checks everything that needs no connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkMappings(mappings: TableMappings): void {
  requiredOptions('postgres.tables.', mappings, Object.keys(NAMES));
  for (const name of ['lives', 'progress'] as const) {
    const mapping = mappings[name];
    if (mapping !== undefined) checkMapping(`postgres.tables.${name}`, mapping, NAMES[name]);
  }
  if (mappings.sessions !== undefined) checkSessions(mappings.sessions);
  const { lives, progress } = mappings;
  if (lives?.table !== progress?.table || !lives || (lives.hostCreatesRows && progress?.hostCreatesRows))
    return;
  const text = 'must be true for lives and progress, because both are in one table';
  throw new InvalidOptionError('postgres.tables.progress.hostCreatesRows', progress?.hostCreatesRows, text);
}

function checkSessions(mapping: SessionsMapping): void {
  const path = 'postgres.tables.sessions';
  const {
    user,
    statuses = {},
    ...others
  } = requiredOptions(`${path}.`, mapping, [
    'table',
    'id',
    'user',
    'columns',
    'statuses',
    'instants',
    'touch',
  ]);
  checkMapping(path, others, NAMES.sessions);
  checkId(`${path}.user`, user);
  requiredOptions(`${path}.statuses.`, statuses, ['active', 'completed', 'expired']);
  const labels = { active: 'active', completed: 'completed', expired: 'expired', ...statuses };
  for (const [name, label] of Object.entries(labels))
    storableText(`${path}.statuses.${name}`, label, 'must be the name of a state', { most: 63 });
  if (new Set(Object.values(labels)).size < 3)
    throw new InvalidOptionError(`${path}.statuses`, Object.values(labels).join(', '), 'must be three names');
}

function checkId(path: string, id: IdMapping): void {
  requiredOptions(`${path}.`, id, ['column', 'type', 'collation']);
  checkName(`${path}.column`, id.column);
  oneOf(`${path}.type`, id.type, ['uuid', 'bigint', 'text']);
  oneOf(`${path}.collation`, id.collation ?? 'default', ['default', 'C']);
}

function checkMapping(path: string, mapping: AnyMapping, names: ColumnNames): void {
  requiredOptions(`${path}.`, mapping, ['table', 'id', 'columns', 'instants', 'touch', 'hostCreatesRows']);
  const { table, id, instants = 'timestamptz', touch = {}, hostCreatesRows = false } = mapping;
  if (typeof (table as unknown) !== 'string' || !/^[^.\0]{1,63}\.[^.\0]{1,63}$/.test(table))
    throw new InvalidOptionError(`${path}.table`, table, 'must be schema and table, such as game.players');
  checkId(`${path}.id`, id);
  oneOf(`${path}.instants`, instants, ['timestamptz', 'timestamp']);
  givenObject(`${path}.touch`, touch, "must be an object such as { updated_at: 'now' }");
  for (const [name, value] of Object.entries(touch)) {
    checkName(`${path}.touch`, name);
    oneOf(`${path}.touch.${name}`, value, ['now', 'increment']);
  }
  if (typeof (hostCreatesRows as unknown) !== 'boolean')
    throw new InvalidOptionError(`${path}.hostCreatesRows`, hostCreatesRows, 'must be true or false');
  checkColumns(path, mapping, names);
}

/** Every column has one meaning: a name that is used twice is a slip. */
function checkColumns(
  path: string,
  { id, columns, touch = {} }: AnyMapping,
  { required, optional }: ColumnNames,
): void {
  requiredOptions(`${path}.columns.`, columns, [...required, ...optional]);
  const known = new Set([id.column, ...Object.keys(touch)]);
  for (const column of [...required, ...optional.filter((one) => columns[one] !== undefined)]) {
    const name = columns[column];
    checkName(`${path}.columns.${column}`, name);
    if (known.has(name!))
      throw new InvalidOptionError(
        `${path}.columns.${column}`,
        name,
        'must be a column that is named only once',
      );
    known.add(name!);
  }
}

function checkName(option: string, name: unknown): void {
  if (typeof name === 'string' && name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63)
    return;
  throw new InvalidOptionError(option, name, 'must be the name of a column');
}

function oneOf(option: string, value: unknown, all: readonly string[]): void {
  if (all.includes(value as string)) return;
  throw new InvalidOptionError(option, value, `must be ${all.slice(0, -1).join(', ')} or ${all.at(-1)}`);
}
