import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { migrations } from '../src/migrations/index.ts';
import { PostgresDatabase } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';
import { openInAnotherProcess } from './processes/run.ts';

interface Applied {
  readonly name: string;
  readonly executed_at: string;
}

describeWithPostgres('migrations on a server', (url) => {
  const opened: PostgresDatabase[] = [];
  const schemas = new Set<string>();

  afterAll(async () => {
    const janitor = await open(testSchema());
    for (const schema of schemas) {
      await janitor.within(undefined, (db) =>
        sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db),
      );
    }
    await Promise.all(opened.map((database) => database.close()));
  });

  it('run once when many instances start at once, in one process and in several', async () => {
    const schema = testSchema();
    const outcomes = await Promise.all([
      // The environment is that of a host with a MikroORM of its own, which is none of our business.
      ...[1, 2, 3].map(() => openInAnotherProcess({ url, schema, poolSize: 2 }, foreignEnvironment)),
      ...[1, 2, 3, 4, 5, 6].map(async () => {
        await open(schema);
        return { ok: true };
      }),
    ]);
    expect(outcomes).toEqual(Array.from({ length: 9 }, () => ({ ok: true })));
    expect((await applied(schema)).map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
    expect(await tablesOf('mikro')).toEqual([]);
  });

  it('change nothing when they have run already', async () => {
    const schema = testSchema();
    await open(schema);
    const before = { applied: await applied(schema), objects: await objectsIn(schema) };
    await open(schema);
    expect({ applied: await applied(schema), objects: await objectsIn(schema) }).toEqual(before);
  });

  it('do not run where that is not wanted: what is missing is named, and nothing is made', async () => {
    const schema = testSchema();
    const database = new PostgresDatabase({ url, schema });
    await expect(database.open({ migrate: false })).rejects.toMatchObject({
      code: 'SCHEMA_OUTDATED',
      pending: migrations.map(({ name }) => name),
    });
    expect(await tablesOf(schema)).toEqual([]);
    await open(schema);
    await database.open({ migrate: false });
    expect((await applied(schema)).length).toBe(migrations.length);
    await database.close();
  });

  it('keep to their schema: what the host has elsewhere is not touched', async () => {
    const before = await objectsIn('public');
    const schema = testSchema();
    const database = await open(schema);
    expect(await tablesOf(schema)).toContain('lives');
    expect(await objectsIn('public')).toEqual(before);
    await database.dropSchema();
    expect(await tablesOf(schema)).toEqual([]);
    expect(await objectsIn('public')).toEqual(before);
  });

  it('take any name that the host may choose for the schema', async () => {
    const database = await open(`${testSchema()}_SELECT_User`);
    const { lives } = database.tables;
    await database.within(undefined, (db) => sql`select * from ${lives}`.execute(db));
    expect(await tablesOf(database.schema)).toContain('lives');
  });

  it('let two games live side by side in two schemas', async () => {
    const [one, two] = [await open(testSchema()), await open(testSchema())];
    await one.within(undefined, (db) =>
      sql`insert into ${one.tables.lives} (user_id, current_lives) values ('ada', 3)`.execute(db),
    );
    const players = (database: PostgresDatabase) =>
      database.within(undefined, (db) => sql`select user_id from ${database.tables.lives}`.execute(db));
    expect((await players(one)).rows).toEqual([{ user_id: 'ada' }]);
    expect((await players(two)).rows).toEqual([]);
  });

  it('leave nothing behind when one fails, and succeed when its cause is gone', async () => {
    const janitor = await open(testSchema());
    const schema = testSchema();
    schemas.add(schema);
    const inTheWay = sql.id(schema, 'outbox');
    await janitor.within(undefined, (db) => sql`create schema ${sql.id(schema)}`.execute(db));
    await janitor.within(undefined, (db) => sql`create table ${inTheWay} (id int)`.execute(db));
    await expect(open(schema)).rejects.toThrow('"outbox" already exists');
    expect(await tablesOf(schema)).not.toContain('lives');
    await janitor.within(undefined, (db) => sql`drop table ${inTheWay}`.execute(db));
    await open(schema);
    expect(await tablesOf(schema)).toContain('lives');
  });

  async function open(schema: string): Promise<PostgresDatabase> {
    schemas.add(schema);
    const database = new PostgresDatabase({ url, schema, poolSize: 2 });
    await database.open();
    opened.push(database);
    return database;
  }

  async function applied(schema: string): Promise<readonly Applied[]> {
    const table = sql.id(schema, 'gamekeeper_migrations');
    const { rows } = await opened[0]!.within(undefined, (db) =>
      sql<Applied>`select name, executed_at::text from ${table} order by id`.execute(db),
    );
    return rows;
  }

  /** Tables, indexes, sequences, functions and types of a schema, by their numbers in the catalogue. */
  async function objectsIn(schema: string): Promise<readonly unknown[]> {
    const { rows } = await opened[0]!.within(undefined, (db) =>
      sql`
        select oid::text, relname as name from pg_class where relnamespace = to_regnamespace(quote_ident(${schema}))
        union all
        select oid::text, proname from pg_proc where pronamespace = to_regnamespace(quote_ident(${schema}))
        union all
        select oid::text, typname from pg_type where typnamespace = to_regnamespace(quote_ident(${schema}))
        order by 1, 2
      `.execute(db),
    );
    return rows;
  }

  async function tablesOf(schema: string): Promise<readonly string[]> {
    const { rows } = await opened[0]!.within(undefined, (db) =>
      sql<{ name: string }>`select tablename as name from pg_tables where schemaname = ${schema}`.execute(db),
    );
    return rows.map(({ name }) => name);
  }
});

const foreignEnvironment = {
  MIKRO_ORM_CLIENT_URL: 'postgres://nobody@nowhere.invalid/nothing',
  MIKRO_ORM_HOST: 'nowhere.invalid',
  MIKRO_ORM_PORT: '1',
  MIKRO_ORM_USER: 'nobody',
  MIKRO_ORM_DB_NAME: 'nothing',
  MIKRO_ORM_SCHEMA: 'mikro',
  MIKRO_ORM_ENTITIES: './entities',
  MIKRO_ORM_ENTITIES_TS: './entities',
  MIKRO_ORM_MIGRATIONS_TABLE_NAME: 'mikro',
  MIKRO_ORM_MIGRATIONS_TRANSACTIONAL: 'false',
  MIKRO_ORM_MIGRATIONS_PATH: './migrations',
};
