import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

it('docs/tables.md has every column of a migrated database in its order, and no other', async () => {
  await using host = createJobHost({
    modules: [postgresAdapters({ memory: true }), cronerScheduler()],
    logger: silentLogger,
  });
  await host.open();
  const { orm } = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
  const columns = await orm.em.fork().getConnection().execute<
    Column[]
  >(`select table_name as "table", column_name as "column", udt_name || case is_nullable when 'YES' then '?' else '' end as type
       from information_schema.columns where table_schema = 'gamekeeper' order by table_name, ordinal_position`);
  const written = await columnsOfPage();
  expect(written.length).toBeGreaterThan(100);
  // Tables come in the order of the page, columns in that of the table.
  const inOrder = (all: readonly Column[]): readonly string[] =>
    all
      .toSorted((a, b) => (a.table < b.table ? -1 : Number(a.table > b.table)))
      .map(({ table, column, type }) => `${table}.${column} ${type}`);
  expect(inOrder(written)).toEqual(inOrder(columns));
});

/** The types by their names in `pg_type`. */
const internal: Readonly<Record<string, string>> = {
  bigint: 'int8',
  boolean: 'bool',
  integer: 'int4',
  smallint: 'int2',
  'text[]': '_text',
  'bigint[]': '_int8',
  'integer[]': '_int4',
  'timestamptz[]': '_timestamptz',
};

async function columnsOfPage(): Promise<readonly Column[]> {
  const page = await readFile(new URL('../docs/tables.md', import.meta.url), 'utf8');
  let table = '';
  return page
    .split('\n')
    .filter((line) => /^\| (?:`\w+` )?\| `\w+` \|/.test(line))
    .map((line) => {
      const [first = '', column = '', type = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      table = first.replaceAll('`', '') || table;
      const [, name = '', nullable = ''] = /^(\w+(?:\[\])?)(\??)$/.exec(type) ?? [];
      return { table, column: column.replaceAll('`', ''), type: `${internal[name] ?? name}${nullable}` };
    });
}
