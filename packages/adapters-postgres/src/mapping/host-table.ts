import { sql, type RawBuilder } from 'kysely';
import type { InstantType, TableMapping } from './table-mappings.ts';

/** How statements write rows of a table that is ours or the host's. */
export interface TableWrites {
  /** Whether rows are inserted and deleted; otherwise the host alone does it. */
  readonly createsRows: boolean;
  /** Further assignments of each update, each after a comma; empty for our own tables. The table has an alias. */
  readonly touch: RawBuilder<unknown>;
  /** Further columns of each insert and their values, each after a comma. */
  readonly newColumns: RawBuilder<unknown>;
  readonly newValues: RawBuilder<unknown>;
}

/** How our own tables are written. */
export const ownWrites: TableWrites = {
  createsRows: true,
  touch: sql``,
  newColumns: sql``,
  newValues: sql``,
};

/** @param alias of the table in every statement that updates it */
export function hostWrites(
  { touch = {}, hostCreatesRows = false, instants = 'timestamptz' }: TableMapping,
  alias: string,
): TableWrites {
  const columns = Object.entries(touch);
  const each = (part: (name: string, isVersion: boolean) => RawBuilder<unknown>): RawBuilder<unknown> =>
    sql.join(
      columns.map(([name, kind]) => part(name, kind === 'increment')),
      sql``,
    );
  const now = currentTime(instants);
  return {
    createsRows: !hostCreatesRows,
    touch: each((name, isVersion) => {
      const value = isVersion ? sql`${sql.id(alias, name)} + 1` : now;
      return sql`, ${sql.id(name)} = ${value}`;
    }),
    newColumns: each((name) => sql`, ${sql.id(name)}`),
    newValues: each((_, isVersion) => (isVersion ? sql`, 1` : sql`, ${now}`)),
  };
}

/** The beginning of the transaction, as the default `now()` of a host's own column. */
function currentTime(type: InstantType): RawBuilder<unknown> {
  return type === 'timestamptz' ? sql`pg_catalog.now()` : sql`(pg_catalog.now() at time zone 'UTC')`;
}

/** Returns the schema and the name of a mapped table. */
export function tableParts({ table }: Pick<TableMapping, 'table'>): readonly [schema: string, name: string] {
  const dot = table.indexOf('.');
  return [table.slice(0, dot), table.slice(dot + 1)];
}
