import { InvalidOptionError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { IdMapping, IdType, InstantType } from './table-mappings.ts';

/** A column of a table that is ours or the host's. In SQL it is its quoted name. */
export interface Column extends RawBuilder<unknown> {
  /** Its value in the type of our own tables. */
  readonly read: RawBuilder<unknown>;
  /** Returns a value of the type of our own tables as one of the column: to be stored there, or compared with it. */
  write(value: RawBuilder<unknown>): RawBuilder<unknown>;
}

/** A column of ids. Ids are text to the rest of the code, whatever the type of the column is. */
export interface IdColumn extends Column {
  /**
   * Throws unless the column can hold an id, in the one spelling in which it returns it.
   *
   * @throws {InvalidOptionError}
   */
  check(id: string): void;
  /** Returns an id as a bound parameter of the column's type, after {@link check}. */
  parameter(id: string): RawBuilder<unknown>;
  /** Returns a text of one of our tables as {@link write}; null instead of an error if no id is spelled like this. */
  writeIfValid(text: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Returns the condition that a text is an id as {@link check} accepts it. */
  accepts(text: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Returns a list of ids as a bound parameter, an array of the column's type, after {@link check}. */
  list(ids: readonly string[]): RawBuilder<unknown>;
  /** What orders rows bytewise by the text of their ids. */
  readonly bytewise: RawBuilder<unknown>;
  /** Returns the condition for the ids that are bytewise after another one. */
  isAfter(id: string): RawBuilder<unknown>;
  /** Returns an aggregate: the last of the ids for which a condition holds, in the order of the column's index. */
  last(ids: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown>;
}

/** Returns a column whose type is as in our own tables, or needs no cast. */
export function plainColumn(name: string): Column {
  const ref = sql.id(name);
  return Object.assign(ref, { read: ref, write: (value: RawBuilder<unknown>) => value });
}

/** Returns a column of instants of the host's, read in milliseconds. Without a time zone, they are stored in UTC. */
export function instantColumn(name: string, type: InstantType): Column {
  if (type === 'timestamptz')
    return Object.assign(plainColumn(name), { read: sql`(${sql.id(name)}::timestamptz(3))` });
  const inUtc = (value: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${value} at time zone 'UTC')`;
  return Object.assign(sql.id(name), { read: sql`(${inUtc(sql.id(name))}::timestamptz(3))`, write: inUtc });
}

const lastText: IdColumn['last'] = (ids, condition) =>
  sql`pg_catalog.max(${ids}) filter (where ${condition})`;

/** Returns the id column of one of our own tables: `text collate "C"`. */
export function ownId(name: string): IdColumn {
  const column = plainColumn(name);
  return Object.assign(column, {
    check: () => undefined,
    accepts: () => sql`true`,
    writeIfValid: (text: RawBuilder<unknown>) => text,
    parameter: (id: string) => sql`${id}`,
    list: (ids: readonly string[]) => sql`${[...ids]}::text[]`,
    bytewise: column,
    isAfter: (id: string) => sql`${column} > ${id}`,
    last: lastText,
  });
}

/**
 * Returns an id column of the host's.
 *
 * @param option what an invalid id is called in errors, such as `userId`
 * @param table the table's name, for errors
 */
export function hostId(
  { column, type, collation = 'default' }: IdMapping,
  { option, table }: { readonly option: string; readonly table: string },
): IdColumn {
  const ref = sql.id(column);
  const { read, castTo, bytewise, isAfter, last, isValid, pattern, form } = idTypes[type](ref);
  // Beside a column of ours, whose collation is "C", an index in another collation would not be used.
  const collate = type === 'text' ? sql` collate ${sql.id(collation)}` : sql``;
  const check = (id: string): void => {
    if (isValid(id)) return;
    throw new InvalidOptionError(
      option,
      id,
      `must be ${form}, because ${table}.${column} is of type ${type}`,
    );
  };
  const write = (value: RawBuilder<unknown>): RawBuilder<unknown> => sql`((${value})::${castTo}${collate})`;
  const accepts = (text: RawBuilder<unknown>): RawBuilder<unknown> =>
    pattern === null ? sql`true` : sql`${text} ~ ${sql.lit(pattern)}`;
  return Object.assign(ref, {
    read,
    write,
    accepts,
    writeIfValid: (text: RawBuilder<unknown>) =>
      pattern === null ? write(text) : sql`(case when ${accepts(text)} then ${write(text)} end)`,
    check,
    parameter: (id: string) => {
      check(id);
      return sql`${id}::${castTo}`;
    },
    list: (ids: readonly string[]) => {
      for (const id of ids) check(id);
      return sql`${[...ids]}::${castTo}[]`;
    },
    bytewise,
    isAfter,
    last,
  });
}

interface IdTypeSql extends Pick<IdColumn, 'read' | 'bytewise' | 'isAfter' | 'last'> {
  readonly castTo: RawBuilder<unknown>;
  /** Whether an id is spelled as PostgreSQL returns it: another spelling would be another player to our own tables. */
  readonly isValid: (id: string) => boolean;
  /** The same as a regular expression of PostgreSQL, but for the longest numbers; `null` for any text. */
  readonly pattern: string | null;
  readonly form: string;
}

const idTypes: Readonly<Record<IdType, (ref: RawBuilder<unknown>) => IdTypeSql>> = {
  uuid: (ref) => ({
    read: sql`(${ref}::text collate "C")`,
    castTo: sql`uuid`,
    // The order of UUIDs is that of their text.
    bytewise: ref,
    isAfter: (id) => sql`${ref} > ${id}::uuid`,
    last: lastText,
    isValid: (id) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id),
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    form: 'a UUID in lower case with hyphens',
  }),
  bigint: (ref) => ({
    read: sql`(${ref}::text collate "C")`,
    castTo: sql`bigint`,
    bytewise: sql`(${ref}::text collate "C")`,
    isAfter: (id) => sql`(${ref}::text collate "C") > ${id}`,
    last: (ids, condition) => sql`(pg_catalog.max(${ids}::bigint) filter (where ${condition}))::text`,
    isValid: (id) => /^(?:0|-?[1-9]\d{0,18})$/.test(id) && BigInt.asIntN(64, BigInt(id)) === BigInt(id),
    pattern: '^(0|-?[1-9][0-9]{0,17})$',
    form: 'a whole number of 64 bits in decimal digits',
  }),
  text: (ref) => ({
    read: sql`(${ref}::text)`,
    castTo: sql`text`,
    bytewise: sql`(${ref} collate "C")`,
    isAfter: (id) => sql`${ref} collate "C" > ${id}`,
    last: lastText,
    isValid: () => true,
    pattern: null,
    form: 'text',
  }),
};
