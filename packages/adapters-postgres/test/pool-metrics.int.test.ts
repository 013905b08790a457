import { type MetricDefinition } from '@gamekeeper/core/ports';
import { readMetric } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { poolMetrics } from '../src/database/pool-metrics.ts';
import { PostgresDatabase } from '../src/index.ts';

const { postgresConnections, postgresConnectionsMax, postgresConnectionsWaiting } = metricCatalogue;

function read(database: PostgresDatabase, metric: MetricDefinition): readonly number[] {
  const source = poolMetrics(() => database.pool).find((one) => one.metric === metric)!;
  return readMetric(source).samples.map(({ value }) => value);
}

describeWithPostgres('the connections of a pool', (url) => {
  it('are shown idle and used, with how many there may be and who waits for one', async () => {
    const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    const database = new PostgresDatabase({ url, schema, poolSize: 2 });
    expect(read(database, postgresConnections)).toEqual([]);
    await database.open();
    expect(read(database, postgresConnectionsMax)).toEqual([2]);
    const gate = Promise.withResolvers<void>();
    const transaction = () =>
      database.run(async (tx) => {
        await database.within(tx, (db) => sql`select 1`.execute(db));
        await gate.promise;
      });
    const held = [transaction(), transaction()];
    await expect.poll(() => read(database, postgresConnections)).toEqual([0, 2]);
    expect(read(database, postgresConnectionsWaiting)).toEqual([0]);
    const waiting = [transaction(), transaction(), transaction()];
    await expect.poll(() => read(database, postgresConnectionsWaiting)).toEqual([3]);
    gate.resolve();
    await Promise.all([...held, ...waiting]);
    await expect.poll(() => read(database, postgresConnections)[1]).toBe(0);
    expect(read(database, postgresConnectionsWaiting)).toEqual([0]);
    await database.dropSchema();
    await database.close();
    expect(read(database, postgresConnections)).toEqual([]);
  });
});

it('a database without a pool, such as the embedded one, has no values', () => {
  expect(poolMetrics(() => null).map((source) => readMetric(source).samples)).toEqual([[], [], []]);
});
