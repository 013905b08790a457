import { silentLogger, type Transaction } from '@gamekeeper/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresTransaction, type Sql } from '../src/database/postgres-transaction.ts';
import { LivesRow } from '../src/entities/lives-row.ts';
import { PostgresDatabase, watchPool, type WatchablePool } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

describe('a server that cannot be reached', () => {
  const unavailable = { name: 'StoreUnavailableError', code: 'STORE_UNAVAILABLE' };

  it('is told at once when nobody listens there', async () => {
    const opening = new PostgresDatabase({ url: 'postgres://keeper:s3cret@127.0.0.1:1/game' }).open();
    await expect(opening).rejects.toMatchObject(unavailable);
    await expect(opening).rejects.toThrow('PostgreSQL is unavailable (connect ECONNREFUSED 127.0.0.1:1)');
    expect(await said(opening)).not.toContain('s3cret');
  }, 5_000);

  it('is told at once when its name is unknown', async () => {
    const opening = new PostgresDatabase({ url: 'postgres://keeper:s3cret@nowhere.invalid/game' }).open();
    await expect(opening).rejects.toMatchObject(unavailable);
    expect(await said(opening)).not.toContain('s3cret');
  }, 5_000);

  describe('because it never answers', () => {
    let silent: Server;
    afterEach(() => {
      vi.useRealTimers();
      silent.close();
    });

    it('is told after ten seconds', async () => {
      silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as { port: number };
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const opening = new PostgresDatabase({ url: `postgres://keeper@127.0.0.1:${port}/game` }).open();
      const outcome = opening.catch((error: unknown) => error);
      await once(silent, 'connection');
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await outcome).toMatchObject(unavailable);
    });
  });
});

describeWithPostgres('connections to a server', (url) => {
  const schema = testSchema();
  const poolSize = 2;
  const database = new PostgresDatabase({ url, schema, poolSize });
  const operator = new PostgresDatabase({ url, schema, poolSize });
  const { lives } = database.tables;

  beforeAll(async () => {
    await operator.open();
    await database.open();
  });
  afterAll(async () => {
    await operator.dropSchema();
    await Promise.all([operator.close(), database.close()]);
  });

  it('that are lost in a transaction undo it, and the pool recovers however often that happens', async () => {
    for (let round = 0; round < 2 * poolSize + 1; round += 1) {
      const losing = database.run(async (tx) => {
        await spend(tx, `player-${round}`);
        await terminate(tx);
        // The server's farewell comes in the middle of a statement or between two, where nobody waits for it.
        if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
        await spend(tx, `player-${round} again`);
      });
      await expect(losing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await database.run((tx) => spend(tx, `survivor-${round}`));
    }
    const { rows } = await database.within(undefined, (db) =>
      sql<{ user_id: string }>`select user_id from ${lives} order by 1`.execute(db),
    );
    expect(rows.map(({ user_id }) => user_id)).toEqual([0, 1, 2, 3, 4].map((round) => `survivor-${round}`));
  });

  it('that are lost when the work fails for a reason of its own are given back, too', async () => {
    const failure = new Error('the work fails');
    for (let round = 0; round < poolSize + 1; round += 1) {
      const losing = database.run(async (tx) => {
        await terminate(tx);
        throw failure;
      });
      // A connection that the round before lost may be met once more when the transaction begins.
      await expect(losing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    await database.run((tx) => spend(tx, 'still here'));
  });

  it('that are lost before the commit undo the transaction', async () => {
    const losing = database.run(async (tx) => {
      await spend(tx, 'nearly');
      await terminate(tx);
    });
    await expect(losing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const { rows } = await operator.within(undefined, (db) =>
      sql`select * from ${lives} where user_id = 'nearly'`.execute(db),
    );
    expect(rows).toEqual([]);
  });

  it('that are lost while the database is being opened are told at once', async () => {
    const late = new PostgresDatabase({ url, schema, poolSize });
    const table = sql`${sql.id(schema)}.gamekeeper_migrations`;
    await operator.run(async (tx) => {
      const db = await PostgresTransaction.of(tx).db();
      await sql`lock table ${table} in access exclusive mode`.execute(db);
      const outcome = late.open().catch((error: unknown) => error);
      // Whoever waits for that table is in the middle of a migration.
      const waiting = sql<{ pid: number }>`
        select pg_terminate_backend(pid) from pg_locks
        where relation = ${`${schema}.gamekeeper_migrations`}::regclass and not granted
      `;
      await vi.waitFor(
        async () => {
          expect((await waiting.execute(db)).rows).toHaveLength(1);
        },
        { timeout: 10_000 },
      );
      expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });
  }, 20_000);

  it('are kept for five minutes: a host looks at its jobs four times a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const idle = new PostgresDatabase({ url, schema });
    await idle.open();
    const first = await idle.within(undefined, backend);
    for (let minute = 0; minute < 5; minute += 1) {
      await vi.advanceTimersByTimeAsync(59_000);
      expect(await idle.within(undefined, backend)).toBe(first);
    }
    await vi.advanceTimersByTimeAsync(301_000);
    expect(await idle.within(undefined, backend)).not.toBe(first);
    await idle.close();
  });

  it('are told of in the log: how many there may be', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, info: (...line: unknown[]) => void told.push(line) };
    const telling = new PostgresDatabase({ url, schema, poolSize: 7 });
    await telling.open({ logger });
    await telling.close();
    const counts = { connectionsAtMost: 7, serverAllows: expect.any(Number) as number };
    expect(told).toEqual([['connected to PostgreSQL', counts]]);
  });

  it('that take no writes any more are not met again', async () => {
    const fresh = new PostgresDatabase({ url, schema, poolSize });
    await fresh.open();
    await makeReadOnly(fresh);
    for (let round = 0; round < 2; round += 1) {
      const writing = fresh.run((tx) => spend(tx, 'read-only'));
      if (round === 0) await expect(writing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      else await writing;
    }
    await fresh.close();
  });

  it('that take no writes any more are not met again in a pool of the host’s that is watched', async () => {
    const orm = new MikroORM({
      entities: [LivesRow],
      clientUrl: url,
      schema,
      pool: { min: 0, max: 1 },
      driverOptions: { onPoolCreated: (pool: WatchablePool) => watchPool(pool) },
    });
    const shared = new PostgresDatabase({ orm, schema });
    await shared.open();
    await makeReadOnly(shared);
    await expect(shared.run((tx) => spend(tx, 'shared'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await shared.run((tx) => spend(tx, 'shared'));
    await shared.close();
    await orm.close(true);
  });

  it('that are lost while idle are replaced without a word', async () => {
    for (let round = 0; round < 5; round += 1) {
      const pid = await database.within(undefined, backend);
      await operator.within(undefined, (db) => sql`select pg_terminate_backend(${pid}::int)`.execute(db));
      await database.run((tx) => spend(tx, `unaware-${round}`));
    }
  });

  it('are taken when work first uses its transaction: work that does not costs none', async () => {
    const enough = Promise.withResolvers<void>();
    const holding = Array.from({ length: poolSize }, (_, index) =>
      database.run(async (tx) => {
        await spend(tx, `holder-${index}`);
        await enough.promise;
      }),
    );
    expect(await database.run(async (tx) => tx.touched)).toBe(false);
    enough.resolve();
    await Promise.all(holding);
    const touched = await database.run(async (tx) => {
      await spend(tx, 'one more');
      return tx.touched;
    });
    expect(touched).toBe(true);
  });

  it('are given back also when work ends without waiting for what it began', async () => {
    for (let round = 0; round < poolSize + 1; round += 1) {
      await database.run(async (tx) => {
        void spend(tx, `hasty-${round}`).catch(() => undefined);
      });
    }
    expect(await database.run(async () => 'done')).toBe('done');
    await database.run((tx) => spend(tx, 'after the hasty ones'));
  });

  it('have nothing to do with a connection to something else that a job’s own code loses', async () => {
    for (const failure of [
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' }),
      new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }),
      new Error('the shop is closed'),
    ]) {
      const working = database.run(async (tx) => {
        await spend(tx, 'undone');
        throw failure;
      });
      await expect(working).rejects.toBe(failure);
    }
  });

  it('are refused with the server’s own words for a database or a user that there is not, without the password', async () => {
    for (const change of [
      (to: URL) => (to.pathname = '/gamekeeper_no_such_database'),
      (to: URL) => (to.username = 'gamekeeper_no_such_user'),
    ]) {
      const to = new URL(url);
      to.password = 's3cret';
      change(to);
      const opening = new PostgresDatabase({ url: to.href, schema }).open();
      await expect(opening).rejects.toThrow(/gamekeeper_no_such_|password authentication failed/);
      expect(await said(opening)).not.toContain('s3cret');
    }
  });

  it('are none before the database is opened and after it is closed', async () => {
    const unused = new PostgresDatabase({ url, schema });
    await unused.close();
    const uses = [
      () => unused.run(async () => 1),
      () => unused.within(undefined, async () => 1),
      async () => unused.orm,
    ];
    for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'DATABASE_NOT_OPEN' });
    await unused.open();
    expect(await unused.run(async () => 1)).toBe(1);
    await unused.close();
    await unused.close();
    for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'DATABASE_NOT_OPEN' });
  });

  async function spend(tx: Transaction, player: string): Promise<void> {
    await database.within(tx, (db) =>
      sql`insert into ${lives} (user_id, current_lives) values (${player}, 4)`.execute(db),
    );
  }

  async function terminate(tx: Transaction): Promise<void> {
    const pid = await backend(await PostgresTransaction.of(tx).db());
    await operator.within(undefined, (db) => sql`select pg_terminate_backend(${pid}::int)`.execute(db));
  }

  /** As a server does to the connections that it has, by its configuration. */
  async function makeReadOnly(one: PostgresDatabase): Promise<void> {
    await one.within(undefined, (db) => sql`set default_transaction_read_only = on`.execute(db));
    // One that was made just now would be no better if made anew.
    await new Promise((resolve) => setTimeout(resolve, 1_050));
  }

  async function backend(db: Sql): Promise<number> {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    return rows[0]!.pid;
  }
});

/** All that an error shows when somebody logs it. */
async function said(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => '',
    (error: unknown) => inspect(error, { depth: 9 }),
  );
}
