import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase } from '../src/index.ts';
import { compatibilityOf, migrations } from '../src/migrations/index.ts';
import { firstRelease } from '../../../test/first-release.ts';
import { testSchema } from './postgres-harness.ts';

const names = migrations.map(({ name }) => name);
const newest = names.at(-1)!;

describeWithPostgres('a schema of another version, on a server', (url) => {
  let schema: string;
  let janitor: PostgresDatabase;

  beforeAll(async () => {
    janitor = new PostgresDatabase({ url, schema: testSchema(), poolSize: 2 });
    await janitor.open();
  });
  afterAll(async () => {
    await janitor.dropSchema();
    await janitor.close();
  });
  beforeEach(() => {
    schema = testSchema();
  });
  afterEach(() => run(`drop schema if exists "${schema}" cascade`));

  describe('of 0.1.0', () => {
    beforeEach(() => run(`create schema "${schema}"; ${firstRelease(schema)}`));

    it('is migrated with all that is in it', async () => {
      const known = await columns();
      const before = await contents(known);
      expect(Object.values(before).flat().length).toBeGreaterThan(300);
      await opened();
      expect(await applied()).toEqual(names);
      expect(await contents(known)).toEqual(before);
    });

    it('becomes the schema that is made today from nothing', async () => {
      await opened();
      const migrated = await definitions();
      await run(`drop schema "${schema}" cascade`);
      await opened();
      expect(migrated).toEqual(await definitions());
    });

    it('is refused by a host that may not migrate, which changes nothing', async () => {
      const before = await definitions();
      await expect(opened({ migrate: false })).rejects.toMatchObject({
        code: 'SCHEMA_OUTDATED',
        pending: names.slice(1),
        fix: ['npx gamekeeper migrate'],
        message: expect.stringContaining(newest) as string,
      });
      expect(await definitions()).toEqual(before);
      expect(await findings({ migrate: false })).toMatchObject({
        schema: { status: 'error', code: 'SCHEMA_OUTDATED' },
      });
      expect(await findings()).toMatchObject({ schema: { status: 'warning', code: null } });
    });
  });

  it('that is missing altogether is refused in the same way', async () => {
    await expect(opened({ migrate: false })).rejects.toMatchObject({
      code: 'SCHEMA_OUTDATED',
      pending: names,
    });
    await run(`create schema "${schema}"`);
    await expect(opened({ migrate: false })).rejects.toMatchObject({
      code: 'SCHEMA_OUTDATED',
      pending: names,
    });
  });

  describe('that a newer one has migrated', () => {
    beforeEach(async () => {
      await opened();
      await run(
        `insert into "${schema}".gamekeeper_migrations (name) values ('0098-avatars'), ('0099-guilds')`,
      );
    });

    it('is served as long as code of this level can work on it, and left as it is', async () => {
      await opened();
      await opened({ migrate: false });
      expect(await applied()).toEqual([...names, '0098-avatars', '0099-guilds']);
      const { schema: finding } = await findings();
      expect(finding).toMatchObject({ status: 'ok' });
      expect(finding!.text).toContain('was migrated by a newer Gamekeeper (0098-avatars, 0099-guilds)');
    });

    it.each([{ migrate: true }, { migrate: false }])('is refused by name when it cannot: %o', async (how) => {
      await raiseLevel();
      const error: unknown = await opened(how).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'SCHEMA_TOO_NEW' });
      expect(String(error)).toContain(
        '(0098-avatars, 0099-guilds), and releases before 0.9.0 cannot use it; run Gamekeeper 0.9.0 or later here',
      );
      expect(await findings(how)).toMatchObject({ schema: { status: 'error', code: 'SCHEMA_TOO_NEW' } });
    });

    it('is refused before anything of this one is migrated, and never brought to a lower level', async () => {
      await raiseLevel();
      await run(`delete from "${schema}".gamekeeper_migrations where name = '${newest}'`);
      await expect(opened()).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
      expect(await applied()).not.toContain(newest);
      expect(await run(`select level, oldest_release from "${schema}".schema_compatibility`)).toEqual([
        { level: 9, oldest_release: '0.9.0' },
      ]);
    });

    const raiseLevel = () =>
      run(`update "${schema}".schema_compatibility set level = 9, oldest_release = '0.9.0'`);
  });

  it('has the level of the migrations that have run', async () => {
    await opened();
    const { level, oldestRelease } = compatibilityOf(migrations);
    expect(await run(`select level, oldest_release from "${schema}".schema_compatibility`)).toEqual([
      { level, oldest_release: oldestRelease },
    ]);
    const breaking = { name: '0100-breaking', statements: [], oldestRelease: '1.0.0' };
    expect(compatibilityOf([...migrations, breaking, { name: '0101-more', statements: [] }])).toEqual({
      level: level + 1,
      oldestRelease: '1.0.0',
    });
  });

  async function opened(more: { readonly migrate?: boolean } = {}): Promise<void> {
    const database = new PostgresDatabase({ url, schema, poolSize: 2, ...more });
    await database.open();
    await database.close();
  }

  async function findings(more: { readonly migrate?: boolean } = {}) {
    const found = await new PostgresDatabase({ url, schema, poolSize: 2, ...more }).checkSetup();
    return Object.fromEntries(found.map((finding) => [finding.subject, finding]));
  }

  async function run(text: string): Promise<readonly unknown[]> {
    const { rows } = await janitor.within(undefined, (db) => sql.raw(text).execute(db));
    return rows;
  }

  async function applied(): Promise<readonly string[]> {
    const rows = await run(`select name from "${schema}".gamekeeper_migrations order by id`);
    return rows.map((row) => (row as { name: string }).name);
  }

  /** The columns of every table that holds what players and jobs did. */
  async function columns(): Promise<ReadonlyMap<string, string>> {
    const rows = await run(`
      select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
      from information_schema.columns where table_schema = '${schema}' and table_name <> 'gamekeeper_migrations'
      group by 1
    `);
    const tables = rows as readonly { readonly name: string; readonly columns: string }[];
    return new Map(tables.map(({ name, columns }) => [name, columns]));
  }

  /** Every row of these tables, of these columns. */
  async function contents(of: ReadonlyMap<string, string>): Promise<Record<string, readonly unknown[]>> {
    const all: Record<string, readonly unknown[]> = {};
    for (const [table, list] of of) {
      all[table] = await run(`select ${list} from "${schema}"."${table}" as one order by one::text`);
    }
    return all;
  }

  /** Everything that is defined in the schema, as text without its name. */
  async function definitions(): Promise<readonly unknown[]> {
    const rows = await run(`
      select concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default) as text
      from information_schema.columns where table_schema = '${schema}'
      union all select indexdef from pg_indexes where schemaname = '${schema}'
      union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = '"${schema}"'::regnamespace
      union all select pg_get_functiondef(oid) from pg_proc where pronamespace = '"${schema}"'::regnamespace
      order by 1
    `);
    return rows.map((row) =>
      (row as { text: string }).text.replaceAll(`"${schema}"`, schema).replaceAll(schema, 'ours'),
    );
  }
});
