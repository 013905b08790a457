import fc from 'fast-check';
import { sql } from 'kysely';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { GrantsMissingError, PostgresDatabase } from '../src/index.ts';
import { OwnRoles } from '../../../test/own-roles.ts';
import { PostgresHarness, contractsOf } from './postgres-harness.ts';

/** Races and long histories, which send the statements of the other cases again and again. */
const again = /^law |between two batches|whatever the size/;

describeWithPostgres('the documented roles', (url) => {
  const roles = new OwnRoles(url);
  const { owner, app, schema } = roles;

  beforeAll(() => roles.open());
  afterAll(() => roles.close());

  it('let nobody but the owner migrate', async () => {
    const error: unknown = await opened(roles.database(app)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SCHEMA_OUTDATED', fix: ['npx gamekeeper migrate'] });
    expect(String(error)).toContain(`the role "${app}" may not alter the schema; run this as "${owner}"`);
    await opened(roles.database(owner));
    await roles.runDocumented('-- read-only tables');
    await opened(roles.database(app));
    await opened(roles.database(app, { migrate: false }));
  });

  describe('for a host, on a schema that was migrated from 0.1.0', () => {
    const harness = new PostgresHarness(
      { url: roles.url(app), schema, migrate: false },
      { clockOf: roles.database(owner, { pinnableClock: true }) },
    );
    beforeAll(async () => {
      await harness.clock.open();
      await harness.database.open();
    });
    afterAll(async () => {
      await harness.database.close();
      await harness.clock.close();
    });

    for (const [adapter, cases] of Object.entries(
      contractsOf(harness, { supports: { concurrent: true }, examples: 1 }),
    )) {
      it(`are enough for all that ${adapter} does`, { timeout: 60_000 }, async () => {
        const supported = cases.filter(({ name, skip }) => skip === undefined && !again.test(name));
        for (const { run } of supported) await run();
      });
    }

    it('do not let it pin the clock, change the record of migrations, or make a table', async () => {
      const refused = [
        `insert into "${schema}".pinned_clock (pinned_at) values (now())`,
        `delete from "${schema}".gamekeeper_migrations`,
        `update "${schema}".schema_compatibility set level = 9`,
        `create table "${schema}".mine (id int)`,
        `drop table "${schema}".lives`,
      ];
      for (const statement of refused) {
        const running = harness.database.within(undefined, (db) => sql.raw(statement).execute(db));
        await expect(running).rejects.toMatchObject({ code: '42501' });
      }
    });

    it('cover tables and functions that later migrations make', async () => {
      const made = roles.database(owner);
      await made.open();
      await made.within(undefined, (db) =>
        sql
          .raw(`create table "${schema}".avatars (id bigint generated always as identity, name text)`)
          .execute(db),
      );
      await made.close();
      const table = `"${schema}".avatars`;
      for (const statement of [
        `insert into ${table} (name) values ('owl')`,
        `update ${table} set name = 'fox'`,
        `select * from ${table}`,
        `delete from ${table}`,
      ]) {
        await harness.database.within(undefined, (db) => sql.raw(statement).execute(db));
      }
    });
  });

  describe('without some right', () => {
    const rights = ['select', 'insert', 'update', 'delete'] as const;
    let tables: readonly string[];
    beforeAll(async () => {
      const rows = await roles.run(
        `select tablename from pg_tables where schemaname = '${schema}' order by 1`,
      );
      const others = ['gamekeeper_migrations', 'schema_compatibility', 'pinned_clock', 'avatars'];
      tables = rows.map(({ tablename }) => String(tablename)).filter((name) => !others.includes(name));
    });

    it('are told at start which ones, by statements that make it work', async () => {
      const lost = fc.uniqueArray(fc.tuple(fc.nat(tables.length - 1), fc.constantFrom(...rights)), {
        selector: ([table, right]) => `${table} ${right}`,
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(lost, async (all) => {
          for (const [table, right] of all) {
            await roles.run(`revoke ${right} on "${schema}"."${tables[table]}" from "${app}"`);
          }
          const error = await missing();
          const named = error.fix.flatMap((statement) => rightsIn(statement));
          expect(named.sort()).toEqual(all.map(([table, right]) => `${right} ${tables[table]}`).sort());
          for (const statement of error.fix) await roles.run(statement);
          await opened(roles.database(app, { migrate: false }));
        }),
        { numRuns: 8 },
      );
    });

    it.each([
      [
        () => `revoke usage on schema "${schema}" from "${app}"`,
        () => `grant usage on schema "${schema}" to "${app}"`,
      ],
      [
        () => `revoke select on "${schema}".gamekeeper_migrations from "${app}"`,
        () => `grant select on "${schema}"."gamekeeper_migrations" to "${app}"`,
      ],
      [
        () => `revoke execute on function "${schema}".clock() from public, "${app}"`,
        () => `grant execute on function "${schema}"."clock"() to "${app}"`,
      ],
    ])('are told of it: %s', async (revoke, grant) => {
      await roles.run(revoke());
      const error = await missing();
      expect(error.fix).toEqual([grant()]);
      expect(error.message).toContain(`run as "${owner}" or a superuser: ${grant()}`);
      expect(inspect(error).split('\n').length).toBeLessThan(8);
      await roles.run(grant());
      await opened(roles.database(app, { migrate: false }));
    });

    it('are told so by the statement that needs it, while the host runs', async () => {
      const database = roles.database(app, { migrate: false });
      await database.open();
      await roles.run(`revoke update on "${schema}".lives from "${app}"`);
      const { lives } = database.tables;
      const spend = () =>
        database.run((tx) =>
          database.within(tx, (db) => sql`update ${lives} set current_lives = 0`.execute(db)),
        );
      const grant = `grant update on "${schema}"."lives" to "${app}"`;
      await expect(spend()).rejects.toMatchObject({ code: 'GRANTS_MISSING', fix: [grant] });
      const findings = await database.checkSetup();
      expect(findings.map(({ subject, status, fix }) => [subject, status, ...fix])).toEqual([
        ['connection', 'ok'],
        ['schema', 'ok'],
        ['grants', 'error', grant],
      ]);
      await roles.run(grant);
      await spend();
      await database.close();
    });

    async function missing(): Promise<GrantsMissingError> {
      const error: unknown = await opened(roles.database(app, { migrate: false })).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(GrantsMissingError);
      return error as GrantsMissingError;
    }
  });

  it('without any right on what is there are given one statement for all of it', async () => {
    await roles.run(`revoke all on all tables in schema "${schema}" from "${app}"`);
    await roles.run(`drop table if exists "${schema}".avatars`);
    const findings = await roles.database(app).checkSetup();
    expect(findings.at(-1)).toMatchObject({
      subject: 'grants',
      code: 'GRANTS_MISSING',
      fix: [`grant select, insert, update, delete on all tables in schema "${schema}" to "${app}"`],
    });
  });

  it('make the schema only where they may', async () => {
    const elsewhere = { url: roles.url(app), schema: `${schema}_new` };
    const rows = await roles.run('select current_database() as name');
    const grant = `grant create on database "${String(rows[0]!['name'])}" to "${app}"`;
    await expect(opened(new PostgresDatabase(elsewhere))).rejects.toMatchObject({
      code: 'GRANTS_MISSING',
      fix: [grant],
    });
    await roles.run(grant);
    await opened(new PostgresDatabase(elsewhere));
  });
});

/** `grant insert, update on "s"."a", "s"."b" to "x"` as `insert a`, `insert b`, `update a`, `update b`. */
function rightsIn(statement: string): readonly string[] {
  const [, rights = '', on = ''] = /^grant ([a-z, ]+) on (.*) to /.exec(statement) ?? [];
  const tables = [...on.matchAll(/\."([^"]+)"/g)].map(([, name]) => name!);
  return rights.split(', ').flatMap((right) => tables.map((table) => `${right} ${table}`));
}

async function opened(database: PostgresDatabase): Promise<void> {
  await database.open();
  await database.close();
}
