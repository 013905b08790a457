import { RowLockedError, userId } from '@gamekeeper/core';
import { sql } from 'kysely';
import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import { PostgresTransaction, type Sql } from '../../src/database/postgres-transaction.ts';
import {
  PostgresDatabase,
  PostgresLivesRepository,
  PostgresOutbox,
  entityManagerOf,
  pinDatabaseClock,
} from '../../src/index.ts';
import { PostgresHarness, contractsOf, testSchema } from '../postgres-harness.ts';

/** A server whose transactions are otherwise, unless they say how they are to be. */
function hostile(url: string, name: string, value: string): string {
  const to = new URL(url);
  to.searchParams.set('options', `-c default_transaction_${name}=${value}`);
  return to.href;
}

const [ada, bob] = [userId('ada'), userId('bob')];

describeWithPostgres('a transaction of our own', (url) => {
  const schema = testSchema();
  const operator = new PostgresHarness({ url, schema });
  const paused: number[] = [];
  const pauses = { pause: async (ms: number) => void paused.push(ms), random: () => 0 };
  const database = new PostgresDatabase({ url, schema, poolSize: 4, pinnableClock: true }, pauses);
  const lives = new PostgresLivesRepository(database, new PostgresOutbox(database));
  const failing = (times: number) => sql`select ${sql.id(schema, 'failing')}(${times}::int)`;
  beforeAll(async () => {
    await operator.database.open();
    await database.open();
    const statements = [
      sql`create sequence ${sql.id(schema, 'tries')}`,
      // What a sequence has given it does not take back.
      sql`create function ${sql.id(schema, 'failing')}(times int) returns void language plpgsql as $$
        begin
          if nextval('${sql.raw(schema)}.tries') <= times then
            raise exception 'could not serialize access' using errcode = '40001';
          end if;
        end $$`,
    ];
    for (const statement of statements) await database.within(undefined, (db) => statement.execute(db));
  });
  beforeEach(async () => {
    paused.length = 0;
    await operator.empty();
    await database.within(undefined, (db) =>
      sql`select setval(${`${schema}.tries`}::regclass, 1, false)`.execute(db),
    );
  });
  afterAll(async () => {
    await database.dropSchema();
    await Promise.all([database.close(), operator.database.close()]);
  });

  const change = (tx: Parameters<PostgresLivesRepository['change']>[0], id = ada): Promise<number> =>
    lives.change(tx, id, (stored) => {
      const currentLives = (stored?.currentLives ?? 0) + 1;
      const state = { userId: id, currentLives, lastRegenAt: null, nextRegenAt: null };
      return { state, result: currentLives };
    });

  it('is done again when another one undoes it, after pauses that grow', async () => {
    const result = await database.run(async (tx) => {
      const count = await change(tx);
      await database.within(tx, (db) => failing(4).execute(db));
      return count;
    });
    expect(result).toBe(1);
    expect(await lives.find(ada)).toMatchObject({ currentLives: 1 });
    expect(paused).toEqual([20, 40, 80, 160]);
  });

  it('is given up after eight tries, by name', async () => {
    let tries = 0;
    const trying = database.run(async (tx) => {
      tries += 1;
      await database.within(tx, (db) => failing(1_000).execute(db));
    });
    await expect(trying).rejects.toMatchObject({
      code: 'TRANSACTION_CONFLICT',
      cause: { code: '40001' },
    });
    expect(tries).toBe(8);
    expect(paused).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });

  it('is done again when a statement of a job’s own code is what conflicts', async () => {
    await database.run(async (tx) => {
      const em = (await entityManagerOf(tx)) as unknown as { getKysely(): Sql };
      await failing(1).execute(em.getKysely());
      await change(tx);
    });
    expect(paused).toEqual([20]);
    expect(await lives.find(ada)).toMatchObject({ currentLives: 1 });
  });

  it('is done once when it fails for another reason, a locked row included', async () => {
    for (const failure of [
      new Error('no'),
      new RowLockedError('A row', Object.assign(new Error('deadlock detected'), { code: '40P01' })),
    ]) {
      await expect(database.run(() => Promise.reject(failure))).rejects.toBe(failure);
    }
    expect(paused).toEqual([]);
  });

  it('that waits for another which waits for it takes turns with that one', async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const crosswise = (mine: typeof ada, other: typeof ada, own: () => void, others: Promise<void>) =>
      database.run(async (tx) => {
        await change(tx, mine);
        own();
        await others;
        await change(tx, other);
      });
    await Promise.all([
      crosswise(ada, bob, first.resolve, second.promise),
      crosswise(bob, ada, second.resolve, first.promise),
    ]);
    for (const player of [ada, bob]) expect(await lives.find(player)).toMatchObject({ currentLives: 2 });
    expect(paused.length).toBeGreaterThan(0);
  });

  it('never says that it is done when a statement failed in it and the work made nothing of that', async () => {
    const passingOver = database.run(async (tx) => {
      await change(tx);
      await database.within(tx, (db) => sql`select 1 / 0`.execute(db)).catch(() => undefined);
    });
    await expect(passingOver).rejects.toMatchObject({ code: '22012' });
    expect(await lives.find(ada)).toBeNull();

    await database.run(async (tx) => {
      await change(tx);
      const db = await PostgresTransaction.of(tx).db();
      await sql`savepoint before_trying`.execute(db);
      await database.within(tx, () => sql`select 1 / 0`.execute(db)).catch(() => undefined);
      await sql`rollback to savepoint before_trying`.execute(db);
    });
    expect(await lives.find(ada)).toMatchObject({ currentLives: 1 });
  });

  it('of a single statement is done again, too', async () => {
    await database.within(undefined, (db) => failing(2).execute(db));
    expect(paused).toEqual([20]);
  });

  it('on a server that is told to read only heeds that, and the server counts as unavailable', async () => {
    const fenced = new PostgresHarness({ url: hostile(url, 'read_only', 'on'), schema });
    await fenced.database.open();
    const ports = new PostgresLivesRepository(fenced.database, new PostgresOutbox(fenced.database));
    expect(await ports.find(ada)).toBeNull();
    const unavailable: unknown = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    const writing = fenced.database.run((tx) => ports.reserveSpend(tx, ada, 'key'));
    await expect(writing).rejects.toThrow(unavailable);
    await expect(pinDatabaseClock(fenced.database, null)).rejects.toThrow(unavailable);
    await fenced.database.close();
  });

  describe('on a server that serializes by default', () => {
    const strict = new PostgresHarness({
      url: hostile(url, 'isolation', 'serializable'),
      schema,
      poolSize: 10,
    });
    beforeAll(() => strict.database.open());
    afterAll(() => strict.database.close());

    it('says what it needs: READ COMMITTED', async () => {
      const read = sql<{ isolation: string }>`select current_setting('transaction_isolation') as isolation`;
      const { rows: defaults } = await strict.database.within(undefined, (db) => read.execute(db));
      expect(defaults).toEqual([{ isolation: 'serializable' }]);
      const { rows } = await strict.database.run((tx) =>
        strict.database.within(tx, (db) => read.execute(db)),
      );
      expect(rows).toEqual([{ isolation: 'read committed' }]);
    });

    it('carries out single statements all the same', async () => {
      await pinDatabaseClock(strict.database, null);
      expect(
        await new PostgresLivesRepository(strict.database, new PostgresOutbox(strict.database)).find(ada),
      ).toBeNull();
    });

    const options = { supports: { concurrent: true }, examples: 1 };
    const contracts = contractsOf(strict, options);
    for (const adapter of [
      'PostgresDatabase',
      'PostgresRankingRepository',
      'PostgresPlayerRepository',
      'PostgresRuleHistory',
      'PostgresAlertLog',
    ]) {
      describe(adapter, () => {
        const cases = contracts[adapter]!;
        // Of the many about boards, those that hold in any order of events.
        const chosen = cases.length > 40 ? cases.filter(({ name }) => name.startsWith('law')) : cases;
        runContract(chosen, it);
      });
    }
    describe('PostgresRunLedger', () => {
      const claims = contracts['PostgresRunLedger']!.filter(({ name }) =>
        name.startsWith('law 1: gives a tick'),
      );
      runContract(claims, it);
    });
  });
});
