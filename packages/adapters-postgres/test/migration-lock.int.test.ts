import { silentLogger, type LogFields, type Logger } from '@gamekeeper/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { migrations } from '../src/migrations/index.ts';
import { PostgresTransaction, type Sql } from '../src/database/postgres-transaction.ts';
import { PostgresDatabase } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

/** "game" as a number. */
const LOCK_SPACE = 0x67616d65;

describeWithPostgres('a schema that is not up to date while a stranger holds a lock', (url) => {
  const stranger = new PostgresDatabase({ url, schema: testSchema(), poolSize: 2 });
  const opened: PostgresDatabase[] = [];
  const schemas: string[] = [];
  const letGo = new Set<() => void>();

  beforeAll(() => stranger.open());
  afterEach(async () => {
    for (const release of letGo) release();
    await Promise.all(opened.splice(0).map((database) => database.close()));
  });
  afterAll(async () => {
    for (const schema of schemas) {
      await stranger.within(undefined, (db) =>
        sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db),
      );
    }
    await stranger.dropSchema();
    await stranger.close();
  });

  it('is waited for: the log says who holds what, and all goes on when it is free', async () => {
    const { schema, database, log } = candidate({ migrationTimeoutMs: 30_000 });
    const { release, pid } = await hold(migrationLock(schema));
    const opening = database.open({ logger: log.logger });
    await expect.poll(() => log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({
      severity: 'info',
      message: expect.stringContaining('another session holds a lock') as string,
      fields: { schema, pending: migrations.map(({ name }) => name), timeoutMs: 30_000 },
    });
    expect(String(log.lines[0]!.fields['heldBy'])).toMatch(
      new RegExp(`^session ${pid} \\(role .*, application gamekeeper, idle in transaction for \\d+ s\\)$`),
    );
    await release();
    await opening;
    expect(await lives(database)).toEqual([]);
  });

  it('is an error by name at its deadline, which says who holds the lock', async () => {
    const { schema, database } = candidate({ migrationTimeoutMs: 400 });
    const { pid } = await hold(migrationLock(schema));
    const begun = performance.now();
    const opening = database.open();
    await expect(opening).rejects.toMatchObject({ code: 'MIGRATION_TIMEOUT' });
    await expect(opening).rejects.toThrow(
      new RegExp(
        `^The schema "${schema}" was not migrated with 0001-foundation, .* within 400 ms, .*\\(session ${pid} `,
      ),
    );
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('keeps no connection while it waits, and a pool of one is enough', async () => {
    const orm = new MikroORM({
      clientUrl: url,
      dbName: new URL(url).pathname.slice(1),
      entities: [],
      pool: { min: 0, max: 1 },
      discovery: { warnWhenNoEntities: false },
    });
    const schema = testSchema();
    schemas.push(schema);
    const database = new PostgresDatabase({ orm, schema, migrationTimeoutMs: 30_000 });
    const log = keptLog();
    try {
      const { release } = await hold(migrationLock(schema));
      const opening = database.open({ logger: log.logger });
      await expect.poll(() => log.lines).toHaveLength(1);
      expect(await orm.em.fork().execute('select 1 as one')).toEqual([{ one: 1 }]);
      await release();
      await opening;
      expect(await lives(database)).toEqual([]);
    } finally {
      await database.close();
      await orm.close(true);
    }
  });

  it('ends its wait when it is told that its host stops', async () => {
    const { schema, database, log } = candidate({ migrationTimeoutMs: 30_000 });
    await hold(migrationLock(schema));
    const stopping = new AbortController();
    const opening = database.open({ logger: log.logger, signal: stopping.signal });
    await expect.poll(() => log.lines).toHaveLength(1);
    const reason = new Error('the host stops');
    stopping.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  it('waits for a locked table but a moment at a time, so that nobody queues behind it for long', async () => {
    const { schema, database } = candidate({ migrationTimeoutMs: 300 });
    await database.open();
    await database.close();
    const { pid } = await hold(
      sql`lock table ${sql.id(schema, 'gamekeeper_migrations')} in access exclusive mode`,
    );
    const begun = performance.now();
    await expect(database.open()).rejects.toMatchObject({
      code: 'MIGRATION_TIMEOUT',
      message: expect.stringContaining(`session ${pid} `) as string,
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('takes no lock where nothing is missing', async () => {
    const { schema, database } = candidate({ migrationTimeoutMs: 0 });
    await database.open();
    await database.close();
    await hold(migrationLock(schema));
    await database.open();
    expect(await lives(database)).toEqual([]);
  });

  it('is free again when the process that migrates is killed', async () => {
    const { schema, database } = candidate({ migrationTimeoutMs: 30_000 });
    // A table of the same name that is not committed holds up whoever migrates, in the middle.
    await stranger.within(undefined, (db) => sql`create schema ${sql.id(schema)}`.execute(db));
    const { release } = await hold(sql`create table ${sql.id(schema, 'outbox')} (id int)`, 'rollback');
    const victim = spawn(
      process.execPath,
      [
        '--conditions=@gamekeeper/source',
        fileURLToPath(new URL('./processes/open-database.ts', import.meta.url)),
        JSON.stringify({ url, schema }),
      ],
      { stdio: 'ignore' },
    );
    await expect.poll(() => isLocked(schema), { timeout: 20_000, interval: 20 }).toBe(true);
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    await release();
    await database.open();
    expect(await lives(database)).toEqual([]);
  });

  function candidate(options: { readonly migrationTimeoutMs: number }) {
    const schema = testSchema();
    schemas.push(schema);
    const database = new PostgresDatabase({ url, schema, poolSize: 2, ...options });
    opened.push(database);
    return { schema, database, log: keptLog() };
  }

  /** Somebody else's transaction, which holds what a statement takes until it is told to end. */
  async function hold(statement: ReturnType<typeof sql>, end: 'commit' | 'rollback' = 'commit') {
    const held = Promise.withResolvers<number>();
    const freed = Promise.withResolvers<void>();
    const whole = stranger
      .run(async (tx) => {
        const db: Sql = await PostgresTransaction.of(tx).db();
        await statement.execute(db);
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
        held.resolve(rows[0]!.pid);
        await freed.promise;
        if (end === 'rollback') throw new Error('undone');
      })
      .catch(held.reject);
    letGo.add(freed.resolve);
    return {
      pid: await held.promise,
      release: async () => {
        freed.resolve();
        await whole;
      },
    };
  }

  function migrationLock(schema: string) {
    return sql`select pg_advisory_xact_lock(${LOCK_SPACE}::int, hashtext(${schema}))`;
  }

  async function isLocked(schema: string): Promise<boolean> {
    const { rows } = await stranger.within(undefined, (db) =>
      sql`
        select from pg_locks where locktype = 'advisory' and granted and classid = ${LOCK_SPACE}::oid
          and objid::bigint = hashtext(${schema})::bigint & 4294967295
      `.execute(db),
    );
    return rows.length > 0;
  }

  async function lives(database: PostgresDatabase): Promise<readonly unknown[]> {
    const { rows } = await database.within(undefined, (db) =>
      sql`select user_id from ${database.tables.lives}`.execute(db),
    );
    return rows;
  }
});

/** A logger whose lines can be read. */
function keptLog() {
  const lines: { readonly severity: string; readonly message: string; readonly fields: LogFields }[] = [];
  const at =
    (severity: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ severity, message, fields });
  const logger: Logger = { ...silentLogger, info: at('info'), warn: at('warn') };
  return { lines, logger };
}
