import { InvalidOptionError } from '@gamekeeper/core';
import { requiredOptions } from '@gamekeeper/core/engine';

/** The type of an id column of the host's. `bigint` includes `integer`, and `text` includes `varchar`. */
export type IdType = 'uuid' | 'bigint' | 'text';

/** The type of a table's instants: with a time zone, or without one and in UTC. */
export type InstantType = 'timestamptz' | 'timestamp';

/** What an update sets beside the columns of the game: the time of the update, or a version increased by 1. */
export type Touch = 'now' | 'increment';

/** A column of ids. */
export interface IdMapping {
  readonly column: string;
  readonly type: IdType;
  /** The collation of a text column. Default `default`: that of the database. */
  readonly collation?: 'default' | 'C';
}

/** A table of the host's that takes the place of one of ours. */
export interface TableMapping {
  /** Schema and table: `game.players`. */
  readonly table: string;
  /** The primary key, or another column with a unique index. */
  readonly id: IdMapping;
  /** The type of all mapped instants. Default `timestamptz`. */
  readonly instants?: InstantType;
  /**
   * Columns that every update sets as well, so that the host's own code sees the change: `{ updated_at: 'now', version:
   * 'increment' }`. A new row gets the current time, and version 1.
   */
  readonly touch?: Readonly<Record<string, Touch>>;
  /**
   * Whether only the host inserts and deletes rows, as in a table with columns that Gamekeeper cannot fill. A call for
   * a player without a row then throws `PLAYER_ROW_MISSING`. Default `false`.
   */
  readonly hostCreatesRows?: boolean;
}

/** A table of the host's with the lives of players. */
export interface LivesMapping extends TableMapping {
  /** The host's names of our columns. */
  readonly columns: {
    /** `integer` or `smallint`, not null. */
    readonly currentLives: string;
    /** Instant, nullable: the last life that was regenerated. */
    readonly lastRegenAt: string;
    /** Instant, nullable: the next life. */
    readonly nextRegenAt: string;
    /**
     * Optional, and best for large tables: a column that the database computes from the lives, so that ticks find the
     * players below their maximum by an index and still rewrite rows in place. `gamekeeper check` prints its DDL.
     */
    readonly fullLives?: string;
  };
}

/** Tables of the host's in the place of ours. What is not mapped stays in our own tables. */
export interface TableMappings {
  readonly lives?: LivesMapping;
}

const NAMES = {
  lives: { required: ['currentLives', 'lastRegenAt', 'nextRegenAt'], optional: ['fullLives'] },
} as const;

/**
 * Checks everything that needs no connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkMappings(mappings: TableMappings): void {
  requiredOptions('postgres.tables.', mappings, Object.keys(NAMES));
  if (mappings.lives !== undefined) checkMapping('postgres.tables.lives', mappings.lives, NAMES.lives);
}

function checkMapping(
  path: string,
  mapping: LivesMapping,
  names: { readonly required: readonly string[]; readonly optional: readonly string[] },
): void {
  requiredOptions(`${path}.`, mapping, ['table', 'id', 'columns', 'instants', 'touch', 'hostCreatesRows']);
  const { table, id, instants = 'timestamptz', touch = {}, hostCreatesRows = false } = mapping;
  if (typeof (table as unknown) !== 'string' || !/^[^.\0]{1,63}\.[^.\0]{1,63}$/.test(table))
    throw new InvalidOptionError(`${path}.table`, table, 'must be schema and table, such as game.players');
  requiredOptions(`${path}.id.`, id, ['column', 'type', 'collation']);
  checkName(`${path}.id.column`, id.column);
  oneOf(`${path}.id.type`, id.type, ['uuid', 'bigint', 'text']);
  oneOf(`${path}.id.collation`, id.collation ?? 'default', ['default', 'C']);
  oneOf(`${path}.instants`, instants, ['timestamptz', 'timestamp']);
  requiredOptions(`${path}.touch.`, touch, Object.keys(touch));
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
  { id, columns, touch = {} }: LivesMapping,
  { required, optional }: { readonly required: readonly string[]; readonly optional: readonly string[] },
): void {
  requiredOptions(`${path}.columns.`, columns, [...required, ...optional]);
  const given: Readonly<Record<string, string | undefined>> = columns;
  const known = new Set([id.column, ...Object.keys(touch)]);
  for (const column of [...required, ...optional.filter((one) => given[one] !== undefined)]) {
    const name = given[column];
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
