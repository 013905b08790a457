import { hourlyJobs } from '@gamekeeper/testkit';
import { instant, later, type Claim } from '@gamekeeper/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresJobLedger, pinDatabaseClock } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

const noon = instant('2026-11-24T12:00:00.123Z');

describeWithPostgres('the clock of a database', (url) => {
  const schema = testSchema();
  const here = new PostgresDatabase({ url, schema, poolSize: 2 });
  const there = new PostgresDatabase({ url, schema, poolSize: 2 });

  beforeAll(async () => {
    await here.open();
    await there.open();
  });
  afterAll(async () => {
    await here.dropSchema();
    await Promise.all([here.close(), there.close()]);
  });

  it('is the server’s own unless it is pinned', async () => {
    expect(await isTheServers(here)).toBe(true);
  });

  it('stands still for every connection where it is pinned, to the millisecond, and goes on when it is let go', async () => {
    await pinDatabaseClock(here, noon);
    expect([await now(here), await now(there)]).toEqual([noon, noon]);
    await pinDatabaseClock(there, later(noon, 1));
    expect([await now(here), await now(there)]).toEqual([later(noon, 1), later(noon, 1)]);
    await pinDatabaseClock(here, null);
    expect(await isTheServers(there)).toBe(true);
  });

  it('is what leases are measured by', async () => {
    const request = { job: 'sweep', tick: noon, leaseMs: 15_000 };
    const [mine, other] = [new PostgresJobLedger(here), new PostgresJobLedger(there)];
    await mine.register(hourlyJobs('sweep'), noon);
    await pinDatabaseClock(here, noon);
    await mine.claim({ ...request, owner: 'one' });
    await pinDatabaseClock(here, later(noon, 14_999));
    expect(await other.claim({ ...request, owner: 'two' })).toMatchObject({ kind: 'held', retryInMs: 1 });
    await pinDatabaseClock(here, later(noon, 15_000));
    expect(await other.claim({ ...request, owner: 'two' })).toMatchObject({
      kind: 'claimed',
      claim: { fence: 2, owner: 'two' } satisfies Partial<Claim>,
    });
  });

  async function isTheServers(database: PostgresDatabase): Promise<boolean> {
    const { rows } = await database.within(undefined, (db) =>
      sql<{ same: boolean }>`
        select ${database.tables.now} between statement_timestamp() - interval '1 ms' and clock_timestamp() as same
      `.execute(db),
    );
    return rows[0]!.same;
  }

  async function now(database: PostgresDatabase): Promise<number> {
    const { rows } = await database.within(undefined, (db) =>
      sql<{ ms: number }>`select (extract(epoch from ${database.tables.now}) * 1000)::float8 as ms`.execute(
        db,
      ),
    );
    return rows[0]!.ms;
  }
});
