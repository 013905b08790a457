import {
  PlayerLives,
  defaultLivesRules,
  defineJob,
  instant,
  userId,
  type BatchProgress,
  type Transaction,
} from '@gamekeeper/core';
import { JobEngine, combineObservers, TimerScheduler } from '@gamekeeper/core/engine';
import { IntervalSchedule, VirtualClock } from '@gamekeeper/testkit';
import { defineEntity, p, type MikroORM } from '@mikro-orm/core';
import { MikroORM as PgliteOrm } from '@mikro-orm/pglite';
import { MikroORM as ServerOrm } from '@mikro-orm/postgresql';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import {
  PostgresDatabase,
  PostgresFailedItems,
  PostgresJobRegistry,
  PostgresRunLedger,
  PostgresStoreTime,
  PostgresLivesRepository,
  PostgresOutbox,
  entityManagerOf,
  postgresTransaction,
} from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

/** An entity of the host's own. */
const Booking = defineEntity({
  name: 'Booking',
  tableName: 'bookings',
  properties: { id: p.text().primary(), seats: p.integer() },
});

const ada = userId('ada');
const noon = instant('2026-11-24T12:00:00Z');

describeWithPostgres('the host’s own MikroORM on a server', (url) => {
  const schema = testSchema();
  hostsOwnOrm(
    schema,
    () => new ServerOrm({ entities: [Booking], clientUrl: url, schema, pool: { min: 0, max: 1 } }),
  );
});

describe('the host’s own MikroORM on PGlite', () => {
  hostsOwnOrm('host', () => new PgliteOrm({ entities: [Booking], dbName: 'memory://', schema: 'host' }));
});

/** With a pool of one connection whatever does not share it would wait for ever. */
function hostsOwnOrm(hostSchema: string, create: () => MikroORM): void {
  const schema = testSchema();
  let orm: MikroORM;
  let database: PostgresDatabase;

  beforeAll(async () => {
    orm = create();
    await onHost(sql`create schema ${sql.id(hostSchema)}`);
    await onHost(
      sql`create table ${sql.id(hostSchema, 'bookings')} (id text primary key, seats int not null)`,
    );
    database = new PostgresDatabase({ orm, schema });
    await database.open();
  });
  beforeEach(async () => {
    const { lives, outbox, jobs, jobRuns } = database.tables;
    await onHost(sql`truncate ${sql.id(hostSchema, 'bookings')}, ${lives}, ${outbox}, ${jobs}, ${jobRuns}`);
  });
  afterAll(async () => {
    await database.close();
    await onHost(sql`drop schema if exists ${sql.id(schema)}, ${sql.id(hostSchema)} cascade`);
    await orm.close();
  });

  it('lends its connections', async () => {
    const backend = sql<{ pid: number; database: string }>`
      select pg_backend_pid() as pid, current_database() as database
    `;
    const { rows } = await database.within(undefined, (db) => backend.execute(db));
    expect(rows).toEqual(await onHost(backend));
  });

  it('commits a spent life together with an entity of the host’s', async () => {
    await orm.em.fork().transactional(async (em) => {
      em.persist(em.create(Booking, { id: 'one', seats: 2 }));
      const spent = await livesOf(database).spend(ada, { tx: postgresTransaction(em) });
      expect(spent).toMatchObject({ ok: true, lives: { currentLives: 4 } });
    });
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 4 });
    expect(await bookings()).toEqual([{ id: 'one', seats: 2 }]);
  });

  it('undoes a spent life together with an entity of the host’s', async () => {
    const failure = new Error('the card was refused');
    const booking = orm.em.fork().transactional(async (em) => {
      em.persist(em.create(Booking, { id: 'one', seats: 2 }));
      await em.flush();
      await livesOf(database).spend(ada, { tx: postgresTransaction(em) });
      throw failure;
    });
    await expect(booking).rejects.toBe(failure);
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 5 });
    expect(await bookings()).toEqual([]);
  });

  it('shows in the transaction what was done in it, and outside of it what was before', async () => {
    await orm.em.fork().transactional(async (em) => {
      const tx = postgresTransaction(em);
      await livesOf(database).spend(ada, { tx });
      expect(await livesOf(database).read(ada, { tx })).toMatchObject({ currentLives: 4 });
    });
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 4 });
  });

  it('refuses an entity manager that is in no transaction', () => {
    expect(() => postgresTransaction(orm.em.fork())).toThrow(
      'Option transaction must be the entity manager that em.transactional() passes to its callback; got an entity manager that is not in a transaction.',
    );
  });

  it('gives a job of the host’s own an entity manager with its entities, and flushes it with the batch', async () => {
    await run(async (tx) => {
      const em = await entityManagerOf(tx);
      expect(em.isInTransaction()).toBe(true);
      em.persist(em.create(Booking, { id: 'nightly', seats: 1 }));
      await livesOf(database).spend(ada, { tx });
      return { processed: 1, next: null };
    });
    expect(await bookings()).toEqual([{ id: 'nightly', seats: 1 }]);
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 4 });
  });

  it('undoes what a job of the host’s own did in a batch that fails', async () => {
    await run(async (tx) => {
      const em = await entityManagerOf(tx);
      em.persist(em.create(Booking, { id: 'nightly', seats: 1 }));
      await em.flush();
      await em.transactional(async (nested) => {
        nested.persist(nested.create(Booking, { id: 'nested', seats: 1 }));
      });
      await livesOf(database).spend(ada, { tx });
      throw new Error('too many seats');
    });
    expect(await bookings()).toEqual([]);
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 5 });
    expect(await new PostgresRunLedger(database).runs('nightly', { limit: 1 })).toMatchObject([
      { status: 'failed', error: 'too many seats' },
    ]);
  });

  it('is of use to the host when ours is closed, and to the next of ours', async () => {
    await database.close();
    await orm.em.fork().transactional(async (em) => {
      em.persist(em.create(Booking, { id: 'after', seats: 3 }));
    });
    expect(await bookings()).toEqual([{ id: 'after', seats: 3 }]);
    database = new PostgresDatabase({ orm, schema });
    await database.open();
    expect(await livesOf(database).read(ada)).toMatchObject({ currentLives: 5 });
  });

  /** Runs a job of the host's own once. */
  async function run(batch: (tx: Transaction) => Promise<BatchProgress>): Promise<void> {
    const clock = new VirtualClock(noon);
    const job = defineJob({
      name: 'nightly',
      schedule: { cron: '0 * * * *' },
      retry: { maxAttempts: 1 },
      batch: ({ tx }) => batch(tx),
    });
    const engine = new JobEngine({
      jobs: [{ job, schedule: new IntervalSchedule(60) }],
      instanceId: 'host',
      clock,
      failedItems: new PostgresFailedItems(database),
      ledger: new PostgresRunLedger(database),
      jobRegistry: new PostgresJobRegistry(database),
      storeTime: new PostgresStoreTime(database),
      transactions: database,
      leaseMs: 15_000,
      scheduler: new TimerScheduler(clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await engine.register();
    await engine.runNow('nightly');
  }

  async function bookings(): Promise<readonly unknown[]> {
    return onHost(sql`select id, seats from ${sql.id(hostSchema, 'bookings')} order by id`);
  }

  async function onHost<Row>(statement: ReturnType<typeof sql<Row>>): Promise<readonly Row[]> {
    await orm.connect();
    const em = orm.em.fork() as unknown as BasePostgreSqlEntityManager;
    return (await statement.execute(em.getKysely())).rows;
  }
}

function livesOf(database: PostgresDatabase): PlayerLives {
  return new PlayerLives({
    lives: new PostgresLivesRepository(database, new PostgresOutbox(database)),
    transactions: database,
    clock: new VirtualClock(noon),
    rules: defaultLivesRules,
    schedule: new IntervalSchedule(30),
  });
}
