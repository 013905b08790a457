import { hourlyJobs } from '@gamekeeper/testkit';
import { instant, addMs, silentLogger, type Claim, type HealthCheck, type Logger } from '@gamekeeper/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import {
  PostgresDatabase,
  PostgresJobRegistry,
  PostgresRunLedger,
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
  type PostgresOptions,
} from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

const noon = instant('2026-11-24T12:00:00.123Z');

describeWithPostgres('the clock of a database', (url) => {
  const schema = testSchema();
  const here = new PostgresDatabase({ url, schema, poolSize: 2, pinnableClock: true });
  const there = new PostgresDatabase({ url, schema, poolSize: 2, pinnableClock: true });

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
    await pinDatabaseClock(there, addMs(noon, 1));
    expect([await now(here), await now(there)]).toEqual([addMs(noon, 1), addMs(noon, 1)]);
    await pinDatabaseClock(here, null);
    expect(await isTheServers(there)).toBe(true);
  });

  it('is what leases are measured by', async () => {
    const request = { job: 'sweep', tick: noon, leaseMs: 15_000 };
    const [mine, other] = [new PostgresRunLedger(here), new PostgresRunLedger(there)];
    await new PostgresJobRegistry(here).register(hourlyJobs('sweep'), noon);
    await pinDatabaseClock(here, noon);
    await mine.claim({ ...request, instanceId: 'one' });
    await pinDatabaseClock(here, addMs(noon, 14_999));
    expect(await other.claim({ ...request, instanceId: 'two' })).toMatchObject({
      kind: 'held',
      retryInMs: 1,
    });
    await pinDatabaseClock(here, addMs(noon, 15_000));
    expect(await other.claim({ ...request, instanceId: 'two' })).toMatchObject({
      kind: 'claimed',
      claim: { fence: 2, instanceId: 'two' } satisfies Partial<Claim>,
    });
  });

  describe('in a live host', () => {
    const options = { url, schema, poolSize: 2 };
    const live = new PostgresDatabase(options);
    const lines: string[] = [];
    const logger: Logger = { ...silentLogger, error: (text) => void lines.push(text) };
    // As somebody would who may do no more than change rows.
    const pinByHand = () =>
      there.within(undefined, (db) =>
        sql`insert into ${there.tables.pinnedClock} (pinned_at) values ('2020-01-01T00:00:00Z')`.execute(db),
      );

    beforeAll(() => live.open());
    beforeEach(() => pinDatabaseClock(live, null));
    afterAll(() => live.close());

    it('goes on whatever the table says, and so do its leases and its outbox', async () => {
      await pinByHand();
      expect(await isTheServers(live)).toBe(true);
      expect(await now(here)).toBe(instant('2020-01-01T00:00:00Z'));
      const ledger = new PostgresRunLedger(live);
      await new PostgresJobRegistry(live).register(hourlyJobs('tidy'), noon);
      const claimed = await ledger.claim({ job: 'tidy', tick: noon, instanceId: 'one', leaseMs: 15_000 });
      expect(claimed.kind).toBe('claimed');
      const { outbox, now: clock } = live.tables;
      const { rows } = await live.within(undefined, (db) =>
        sql<{ fresh: boolean }>`
          insert into ${outbox} (event_key, type, payload, occurred_at) values ('a', 'b', '{}', now())
          returning written_at > ${clock} - interval '1 minute' as fresh
        `.execute(db),
      );
      expect(rows).toEqual([{ fresh: true }]);
    });

    it('is an error in the log, once, and an unhealthy check that says what to delete', async () => {
      const [check] = checksOf(options);
      const judged = async () => (await check!.judge(addMs(noon, 7))).finding;
      expect(await judged()).toBeNull();
      await pinByHand();
      expect(await judged()).toEqual({
        severity: 'warning',
        since: addMs(noon, 7),
        text: expect.stringMatching(
          /2020-01-01T00:00:00\.000Z; it is only for tests and is ignored here\. .* delete from "gamekeeper_test_\w+"\.pinned_clock$/,
        ) as string,
      });
      await judged();
      expect(lines).toHaveLength(1);
      await pinDatabaseClock(live, null);
      expect(await judged()).toBeNull();
      await pinByHand();
      await judged();
      expect(lines).toHaveLength(2);
    });

    it('cannot be pinned by mistake, and is not judged in tests', async () => {
      await expect(pinDatabaseClock(live, noon)).rejects.toMatchObject({ code: 'CLOCK_NOT_PINNABLE' });
      expect(await isTheServers(here)).toBe(true);
      expect(checksOf({ ...options, pinnableClock: true })).toEqual([]);
    });

    /** The checks that the module contributes, on the database of these tests. */
    function checksOf(opened: PostgresOptions): readonly HealthCheck[] {
      const module = postgresAdapters(opened);
      const database = module.bindings.find(({ token }) => token.symbol === postgresDatabase.symbol)!;
      const made = database.create() as PostgresDatabase;
      made.within = live.within.bind(live);
      return module.healthChecks!(<T>() => logger as T);
    }
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
