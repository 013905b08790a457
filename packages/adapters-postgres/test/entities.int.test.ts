import type { EntityMetadata } from '@mikro-orm/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gamekeeperEntities } from '../src/entities/index.ts';
import { PostgresDatabase } from '../src/index.ts';

/** Tables that are no business of the host's. */
const internal = ['gamekeeper_migrations', 'pinned_clock', 'schema_compatibility'];

/** What an entity and its table must agree on. */
interface Column {
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
}

describe('entities and migrations', () => {
  const database = new PostgresDatabase({ memory: true });
  beforeAll(() => database.open());
  afterAll(() => database.close());

  it('agree on the tables', async () => {
    const { rows } = await database.within(undefined, (db) =>
      sql<{
        name: string;
      }>`select tablename as name from pg_tables where schemaname = ${database.schema}`.execute(db),
    );
    const mapped = entities().map(({ tableName }) => tableName);
    expect(mapped).toHaveLength(gamekeeperEntities.length);
    expect(rows.map(({ name }) => name).sort()).toEqual([...mapped, ...internal].sort());
  });

  it.each(gamekeeperEntities.map((entity) => [entity.meta.name ?? '', entity] as const))(
    'agree on the columns of %s: names, types, keys and what may be missing',
    async (name) => {
      const entity = entities().find((candidate) => candidate.name === name)!;
      expect(columnsOf(entity)).toEqual(await columnsIn(entity.tableName));
    },
  );

  it('agree so far that every table can be read through its entity', async () => {
    const em = database.orm.em.fork();
    for (const { class: entity } of entities()) expect(await em.find(entity, {})).toEqual([]);
  });

  function entities(): readonly EntityMetadata[] {
    return [...database.orm.getMetadata().getAll().values()];
  }

  function columnsOf({ props }: EntityMetadata): readonly Column[] {
    return props
      .map(({ fieldNames, columnTypes, nullable = false, primary = false }) => ({
        column: fieldNames[0]!,
        type: asPostgresSays(columnTypes[0]!),
        nullable,
        primary,
      }))
      .sort(byName);
  }

  async function columnsIn(table: string): Promise<readonly Column[]> {
    const { rows } = await database.within(undefined, (db) =>
      sql<Column>`
        select attname as column, format_type(atttypid, atttypmod) as type, not attnotnull as nullable,
          exists (select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey)) as primary
        from pg_attribute
        where attrelid = ${`"${database.schema}"."${table}"`}::regclass and attnum > 0 and not attisdropped
      `.execute(db),
    );
    return [...rows].sort(byName);
  }
});

/** The ORM's short names of types in full, also of arrays. */
function asPostgresSays(type: string): string {
  return type
    .replace(/^int\b/, 'integer')
    .replace(/^(?:bigserial|int8)$/, 'bigint')
    .replace(/^timestamptz\((\d)\)/, 'timestamp($1) with time zone');
}

function byName(a: Column, b: Column): number {
  return a.column < b.column ? -1 : 1;
}
