import { userId, type Transaction } from '@gamekeeper/core';
import { runContract } from '@gamekeeper/testkit';
import { Pool } from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import { PostgresDatabase, postgresTransaction } from '../../src/index.ts';
import { PostgresHarness, contractsOf, testSchema } from '../postgres-harness.ts';
import { strangeTypes } from './strange-types.ts';

describeWithPostgres('the host’s own pool', (url) => {
  const pool = new Pool({ connectionString: url, max: 10, types: strangeTypes, application_name: 'host' });
  const harness = new PostgresHarness({ pool, schema: testSchema() });
  const { database } = harness;
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
    await pool.end();
  });

  const contracts = contractsOf(harness, { supports: { concurrent: true }, examples: 1 });
  for (const [adapter, cases] of Object.entries(contracts)) {
    describe(`serves ${adapter}, whatever type parsers the host has set`, () => {
      runContract(cases, it);
    });
  }

  it('has the only connections', async () => {
    const counted = sql<{ count: number }>`
      select pg_catalog.count(*)::int as count from pg_catalog.pg_stat_activity where application_name = 'gamekeeper'
        and query like ${`%${database.schema}%`} and pid <> pg_catalog.pg_backend_pid()
    `;
    const { rows } = await database.within(undefined, (db) => counted.execute(db));
    expect(rows).toEqual([{ count: 0 }]);
    expect(database.pool).toBe(pool);
  });

  it('stays open when the adapters are closed', async () => {
    const other = new PostgresDatabase({ pool, schema: testSchema() });
    await other.open();
    await other.dropSchema();
    await other.close();
    expect(await pool.query('select 1')).toMatchObject({ rowCount: 1 });
  });

  it('lives on when a connection is lost in the middle of a transaction', async () => {
    const { lives, transactions } = await harness.empty();
    const lost = transactions.run(async (tx: Transaction) => {
      await lives.find(userId('ada'), tx);
      await database.within(tx, (db) =>
        sql`select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())`.execute(db),
      );
    });
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await lives.find(userId('ada'))).toBeNull();
  });

  it('lends the host a transaction on one of its clients', async () => {
    const { lives } = await harness.empty();
    const client = await pool.connect();
    try {
      await client.query('begin');
      const tx = postgresTransaction(client);
      const state = { userId: userId('ada'), currentLives: 1, lastRegenAt: null, nextRegenAt: null };
      await lives.change(tx, state.userId, () => ({ state, result: null }));
      expect(await lives.find(state.userId, tx)).toEqual(state);
      expect(await lives.find(state.userId)).toBeNull();
      await client.query('rollback');
      expect(await lives.find(state.userId)).toBeNull();
      await expect(lives.find(state.userId, tx)).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    } finally {
      client.release();
    }
  });

  it.each([undefined, null, 'postgres://localhost', {}, { connect: () => undefined }])(
    'must be a pool: %s is refused',
    (given) => {
      expect(() => new PostgresDatabase({ pool: given as unknown as Pool })).toThrow(
        /^Option postgres\.pool must be a Pool of pg 8; got .+\.$/,
      );
    },
  );

  it('has no options for connections of our own', () => {
    expect(() => new PostgresDatabase({ pool, poolSize: 3 })).toThrow(
      'Option postgres.poolSize works only together with postgres.url; got 3.',
    );
  });
});
