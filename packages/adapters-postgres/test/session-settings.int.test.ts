import { sql } from 'kysely';
import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase } from '../src/index.ts';
import { PostgresHarness, contractsOf } from './postgres-harness.ts';
import { hostileObjects } from './hostile-objects.ts';

/** What a server, a role or a database may have set. None of it may change what a statement means. */
const settings: Readonly<Record<string, string>> = {
  DateStyle: "'SQL, DMY'",
  TimeZone: "'America/St_Johns'",
  IntervalStyle: "'sql_standard'",
  extra_float_digits: '-15',
  bytea_output: "'escape'",
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  client_encoding: "'LATIN1'",
  row_security: 'off',
  search_path: 'public, pg_catalog',
  // With all of these, a subquery in a condition may be executed again for each row.
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_hashagg: 'off',
  enable_sort: 'off',
  enable_material: 'off',
  enable_memoize: 'off',
  // Plans seem so expensive then that each would be compiled.
  jit: 'off',
};

describeWithPostgres('a server whose sessions have other settings', (url) => {
  const name = `gamekeeper_settings_${process.pid}`;
  const inDatabase = new URL(url);
  inDatabase.pathname = `/${name}`;
  const admin = new PostgresDatabase({ url, schema: `${name}_admin` });
  const harness = new PostgresHarness({ url: inDatabase.href, poolSize: 10 });
  const execute = (statement: string): Promise<unknown> =>
    admin.within(undefined, (db) => sql.raw(statement).execute(db));

  beforeAll(async () => {
    await admin.open();
    await execute(`create database ${name}`);
    const owner = new PostgresDatabase({ url: inDatabase.href, schema: 'other' });
    await owner.open();
    for (const statement of hostileObjects) {
      await owner.within(undefined, (db) => sql.raw(statement).execute(db));
    }
    await owner.close();
    for (const [setting, value] of Object.entries(settings))
      await execute(`alter database ${name} set ${setting} = ${value}`);
    await harness.database.open();
  });
  afterAll(async () => {
    await harness.database.close();
    await execute(`drop database if exists ${name} with (force)`);
    await admin.dropSchema();
    await admin.close();
  });

  it('has them in the sessions that are tested', async () => {
    const { rows } = await harness.database.within(undefined, (db) =>
      sql`
        select pg_catalog.current_setting('DateStyle') as style, pg_catalog.current_setting('search_path') as path
      `.execute(db),
    );
    expect(rows).toEqual([{ style: 'SQL, DMY', path: 'public, pg_catalog' }]);
    const shadowed = harness.database.within(undefined, (db) => sql`select random()`.execute(db));
    await expect(shadowed).rejects.toThrow('hostile');
  });

  // Races are tested on sessions without these settings, which have no part in them.
  const options = { supports: {}, examples: 2 };
  for (const [adapter, cases] of Object.entries(contractsOf(harness, options))) {
    describe(adapter, () => {
      runContract(cases, it);
    });
  }
});
