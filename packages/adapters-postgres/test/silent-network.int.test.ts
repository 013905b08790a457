import type { Transaction } from '@gamekeeper/core';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';
import type { UrlOptions } from '../src/database/postgres-options.ts';
import { entityManagerOf, PostgresDatabase } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

const unavailable: unknown = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
const connectTimeoutMs = 400;
const silenceTimeoutMs = 400;

describeWithPostgres('a network that swallows packets', (url) => {
  const schema = testSchema();
  const operator = new PostgresDatabase({ url, schema, poolSize: 2 });
  let link: SeverableLink;
  let database: PostgresDatabase;

  beforeAll(() => operator.open());
  afterAll(async () => {
    await operator.dropSchema();
    await operator.close();
  });
  beforeEach(async () => {
    link = new SeverableLink(new URL(url));
    await link.mend();
  });
  afterEach(async () => {
    const closing = database.close();
    await link.cut();
    await closing;
  });

  async function open(options: Partial<UrlOptions> = {}): Promise<void> {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(link.port);
    const timeouts = { connectTimeoutMs, silenceTimeoutMs };
    database = new PostgresDatabase({ url: through.href, schema, poolSize: 3, ...timeouts, ...options });
    await database.open();
    // Three connections that lie idle.
    await Promise.all([1, 2, 3].map(() => database.run((tx) => sleep(tx, 0.05))));
  }

  it('holds a statement up for as long as it takes to find out, and none after that', async () => {
    await open();
    const asked = Promise.allSettled([1, 2, 3].map(() => database.run((tx) => sleep(tx, 0.3))));
    await pause(100);
    link.silence();
    const begun = performance.now();
    for (const one of await asked) expect(one).toMatchObject({ status: 'rejected', reason: unavailable });
    expect(performance.now() - begun).toBeLessThan(4 * (connectTimeoutMs + silenceTimeoutMs));
    await expect(database.run((tx) => sleep(tx, 0))).rejects.toThrow(unavailable);

    link.speak();
    await database.run((tx) => sleep(tx, 0));
  });

  it('says so', async () => {
    await open();
    link.silence();
    const asking = database.within(undefined, (db) => sql`select 1`.execute(db));
    await expect(asking).rejects.toThrow(
      /PostgreSQL is unavailable \(no response for \d+ ms, and the server cannot be reached\)/,
    );
  });

  it('for connections that it has forgotten lets new ones be made, though the server is well', async () => {
    await open();
    link.silenceOpen();
    const asking = database.within(undefined, (db) => sql`select 1`.execute(db));
    await expect(asking).rejects.toThrow(
      /no response for \d+ ms, and the server is not executing the statement/,
    );
    // Those that lay idle beside it are not met one after the other.
    const begun = performance.now();
    await Promise.all([1, 2, 3].map(() => database.run((tx) => sleep(tx, 0))));
    expect(performance.now() - begun).toBeLessThan(silenceTimeoutMs);
  });

  it('leaves no transaction behind on the server that keeps its locks', async () => {
    await open();
    const held = Promise.withResolvers<void>();
    const cutShort = database.run(async (tx) => {
      await lock(database, tx);
      held.resolve();
      await pause(100);
      await sleep(tx, 0);
    });
    await held.promise;
    link.silence();
    await expect(cutShort).rejects.toThrow(unavailable);
    link.speak();
    await database.run((tx) => lock(database, tx));
  });

  it('lets the database be closed', async () => {
    await open();
    const asked = Promise.allSettled([1, 2, 3].map(() => database.run((tx) => sleep(tx, 5))));
    await pause(100);
    link.silence();
    await database.close();
    for (const one of await asked) expect(one).toMatchObject({ status: 'rejected', reason: unavailable });
  });

  it('is waited for no longer than that when the database is opened', async () => {
    database = new PostgresDatabase({
      url: `postgres://postgres@127.0.0.1:${link.port}/postgres`,
      schema,
      connectTimeoutMs,
    });
    link.silence();
    const begun = performance.now();
    await expect(database.open()).rejects.toThrow(unavailable);
    expect(performance.now() - begun).toBeLessThan(3 * connectTimeoutMs);
  });

  describe('is not taken for one', () => {
    it('when a statement takes long', async () => {
      await open();
      await database.run((tx) => sleep(tx, 8 * (silenceTimeoutMs / 1_000)));
      await database.within(undefined, (db) => sql`select pg_sleep(1)`.execute(db));
    });

    it('when whoever reads a cursor takes long, or each of its rows does', async () => {
      await open();
      const read: unknown[] = [];
      await database.run(async (tx) => {
        const em = await entityManagerOf(tx);
        const rows = (em as unknown as typeof database.orm.em)
          .getKysely<{ none: object }>()
          .selectNoFrom(sql<number>`generate_series(1, 3) + length(pg_sleep(0.4)::text)`.as('one'))
          .stream(1);
        for await (const row of rows) {
          await pause(2 * silenceTimeoutMs);
          read.push(row);
        }
      });
      expect(read).toHaveLength(3);
    });

    it('when a statement waits for a lock', async () => {
      await open();
      const held = Promise.withResolvers<void>();
      const holding = operator.run(async (tx) => {
        await lock(operator, tx);
        await held.promise;
      });
      await pause(50);
      const waiting = database.run((tx) => lock(database, tx));
      await pause(5 * silenceTimeoutMs);
      held.resolve();
      await Promise.all([holding, waiting]);
    });
  });

  it('or not: no statement takes longer than queryTimeoutMs, and its connection is not used again', async () => {
    await open({ queryTimeoutMs: 300 });
    let asked = 0;
    const asking = database.run(async (tx) => {
      const own = sql<{ pid: number }>`select pg_backend_pid() as pid`;
      asked = (await database.within(tx, (db) => own.execute(db))).rows[0]!.pid;
      await sleep(tx, 30);
    });
    await expect(asking).rejects.toThrow('a statement took longer than postgres.queryTimeoutMs, 300 ms');
    await database.run((tx) => sleep(tx, 0.1));
    // The server does not go on with it, and holds nothing for it.
    const left = sql`select pid from pg_stat_activity where pid = ${asked}::int and state = 'active'`;
    await expect
      .poll(async () => (await operator.within(undefined, (db) => left.execute(db))).rows, { timeout: 3_000 })
      .toEqual([]);
  });

  async function sleep(tx: Transaction, seconds: number): Promise<void> {
    await database.within(tx, (db) => sql`select pg_sleep(${seconds})`.execute(db));
  }

  async function lock(on: PostgresDatabase, tx: Transaction): Promise<void> {
    await on.within(tx, (db) => sql`lock table ${on.tables.lives} in exclusive mode`.execute(db));
  }
});
