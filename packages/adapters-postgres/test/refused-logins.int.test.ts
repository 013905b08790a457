import { sql } from 'kysely';
import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { startCrashable, type CrashableServer } from '../../../test/servers/postgres.ts';
import { PostgresDatabase } from '../src/index.ts';

/** Who comes how: the test itself by trust, most roles by a password, and one not at all. */
const rules = `
  host all postgres 127.0.0.1/32 trust
  host all trusted 127.0.0.1/32 trust
  host all visitor 127.0.0.1/32 trust
  host all banned 127.0.0.1/32 reject
  host all all 127.0.0.1/32 scram-sha-256
`;

// A server of its own, because it changes who is let in.
describeWithPostgres('a login that PostgreSQL refuses', () => {
  let server: CrashableServer;
  let janitor: PostgresDatabase;

  beforeAll(async () => {
    const started = await startCrashable();
    if (!started) throw new Error('install postgresql: these tests change who may log in');
    server = started;
    janitor = new PostgresDatabase({ url: server.url, schema: 'janitor', poolSize: 2 });
    await janitor.open();
    const [found] = await run('show hba_file');
    await writeFile(String(found!['hba_file']), rules);
    await run('select pg_reload_conf()');
    await run(`create role app login password 'right'`);
    await run('create role sleeper nologin');
    await run('create role trusted login');
    await run('create role banned login');
    await run('create database closed');
    await run('revoke connect on database closed from public');
  });
  afterAll(async () => {
    await janitor.close();
    await server.stop();
  });

  interface Case {
    readonly login: string;
    readonly code: string;
    readonly says: string;
    /** What is offered to run, and the login with which it works then. */
    readonly fix: readonly string[];
    readonly afterwards?: string;
  }

  it.each<Case>([
    {
      login: 'app:wrong@/postgres',
      code: 'DATABASE_LOGIN_REFUSED',
      says: 'password authentication failed for user "app"',
      fix: [`alter role "app" login password '…'`],
      afterwards: 'app:new@/postgres',
    },
    {
      login: 'app@/postgres',
      code: 'DATABASE_LOGIN_REFUSED',
      says: 'the server requires a password, and none is set); set the password of the role "app" in postgres.url.',
      fix: [],
    },
    {
      login: 'nobody:guess@/postgres',
      code: 'DATABASE_LOGIN_REFUSED',
      says: 'if the role is missing, create it first',
      fix: [`alter role "nobody" login password '…'`],
    },
    {
      login: 'sleeper:new@/postgres',
      code: 'DATABASE_LOGIN_REFUSED',
      says: 'password authentication failed',
      fix: [`alter role "sleeper" login password '…'`],
      afterwards: 'sleeper:new@/postgres',
    },
    {
      login: 'banned@/postgres',
      code: 'DATABASE_LOGIN_REFUSED',
      says: 'pg_hba.conf allows it from this address',
      fix: [],
    },
    {
      login: 'trusted@/game',
      code: 'DATABASE_MISSING',
      says: 'The server has no database "game"; correct the name in postgres.url',
      fix: ['create database "game"'],
    },
    {
      login: 'trusted@/closed',
      code: 'GRANTS_MISSING',
      says: 'The role "trusted" may not connect to the database "closed"',
      fix: ['grant connect on database "closed" to "trusted"'],
    },
  ])('is told in one sentence: $login', async ({ login, code, says, fix, afterwards }) => {
    const database = new PostgresDatabase({ url: at(login), schema: 'janitor', migrate: false });
    const error: unknown = await database.open().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, fix });
    expect((error as Error).message).toContain(says);
    for (const statement of fix) expect((error as Error).message).toContain(statement);
    const shown = inspect(error);
    expect(shown.split('\n').length).toBeLessThan(8);
    expect(shown).not.toMatch(/wrong|guess|\bat .*\.js/);
    expect(await database.checkSetup()).toMatchObject([
      { subject: 'connection', status: 'error', code, fix },
    ]);
    for (const statement of afterwards === undefined ? [] : fix) await run(statement.replace('…', 'new'));
    if (afterwards !== undefined) expect(await loggedIn(afterwards)).toBe(true);
  });

  it.each([
    ['trusted@/nowhere', 'create database "nowhere"'],
    ['trusted@/closed', 'grant connect on database "closed" to "trusted"'],
  ])('is let in once what is offered was run: %s', async (login, fix) => {
    expect(await loggedIn(login)).toBe(false);
    await run(fix);
    expect(await loggedIn(login)).toBe(true);
  });

  it('of a role that does not exist, or may not log in, where no password is asked for', async () => {
    const refused = { code: 'DATABASE_LOGIN_REFUSED' };
    const absent = { ...refused, fix: [`create role "visitor" login password '…'`] };
    await expect(database('visitor@/postgres').open()).rejects.toMatchObject(absent);
    await run('create role visitor nologin');
    const locked = { ...refused, fix: ['alter role "visitor" login'] };
    await expect(database('visitor@/postgres').open()).rejects.toMatchObject(locked);
    await run(locked.fix[0]!);
    expect(await loggedIn('visitor@/postgres')).toBe(true);
  });

  it('is told by a database that is open, too, once its connections are gone', async () => {
    await run(`create role late login superuser password 'first'`);
    const late = new PostgresDatabase({ url: at('late:first@/postgres'), schema: 'janitor', poolSize: 2 });
    await late.open();
    await run(`alter role late password 'second'`);
    await run(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'late'`);
    const asking = () => late.run((tx) => late.within(tx, (db) => sql`select 1`.execute(db)));
    await expect
      .poll(() => asking().catch((error: unknown) => error))
      .toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
    await late.close();
  });

  function database(login: string): PostgresDatabase {
    return new PostgresDatabase({ url: at(login), schema: 'janitor', migrate: false });
  }

  /** Whether the server lets it in, whatever it may do there. */
  async function loggedIn(login: string): Promise<boolean> {
    const [connection] = await database(login).checkSetup();
    return connection!.status === 'ok';
  }

  function at(login: string): string {
    return `postgres://${login.replace('@/', `@127.0.0.1:${new URL(server.url).port}/`)}`;
  }

  async function run(statement: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await janitor.within(undefined, (db) => sql.raw(statement).execute(db));
    return rows as readonly Record<string, unknown>[];
  }
});
