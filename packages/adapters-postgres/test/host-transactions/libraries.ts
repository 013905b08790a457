import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle as drizzleOnPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js';
import { sql as drizzleSql } from 'drizzle-orm';
import createKnex from 'knex';
import { CamelCasePlugin, Kysely, PostgresDialect, sql as kyselySql } from 'kysely';
import { Pool } from 'pg';
import postgresJs from 'postgres';
import { DataSource } from 'typeorm';
import type { HostTransaction } from '../../src/index.ts';
import { createPrisma } from './prisma-client.ts';
import { strangeTypes } from './strange-types.ts';

/** How a host opens its transactions. */
export type Level = 'read committed' | 'repeatable read' | 'serializable';

/** What a host does inside its transaction: statements of its own, and Gamekeeper's on the same transaction. */
export interface HostWork {
  readonly transaction: HostTransaction;
  /** Executes a statement of the host's own. */
  readonly execute: (text: string) => Promise<unknown>;
}

/** A library with which a host opens transactions. */
export interface Library {
  /** Commits when the work resolves, rolls back when it throws. */
  transact<Result>(level: Level, work: (work: HostWork) => Promise<Result>): Promise<Result>;
  /** What a host may pass by mistake: something that is in no transaction. */
  readonly outside: unknown;
  /** Whether a statement after the end of a transaction is refused, by the library or because it tells. */
  readonly knowsEnd: boolean;
  close(): Promise<void>;
}

const poolOptions = (url: string) => ({ connectionString: url, max: 12 });

export const libraries: Readonly<Record<string, (url: string) => Promise<Library>>> = {
  pg: async (url) => {
    const pool = new Pool({ ...poolOptions(url), types: strangeTypes });
    return {
      knowsEnd: true,
      outside: pool,
      close: () => pool.end(),
      transact: async (level, work) => {
        const client = await pool.connect();
        try {
          await client.query(`begin isolation level ${level}`);
          const result = await work({ transaction: client, execute: (text) => client.query(text) });
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback');
          throw error;
        } finally {
          client.release();
        }
      },
    };
  },

  Kysely: async (url) => {
    const db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: new Pool(poolOptions(url)) }),
      plugins: [new CamelCasePlugin()],
    });
    return {
      knowsEnd: true,
      outside: db,
      close: () => db.destroy(),
      transact: (level, work) =>
        db
          .transaction()
          .setIsolationLevel(level)
          .execute((trx) => work({ transaction: trx, execute: (text) => kyselySql.raw(text).execute(trx) })),
    };
  },

  Knex: async (url) => {
    const knex = createKnex({
      client: 'pg',
      connection: url,
      pool: { min: 0, max: 12 },
      // As libraries do that translate names: a trap, too.
      postProcessResponse: () => 'changed by the host',
    });
    return {
      knowsEnd: true,
      outside: knex,
      close: () => knex.destroy(),
      transact: (level, work) =>
        knex.transaction(
          (trx) => work({ transaction: trx, execute: async (text) => void (await trx.raw(text)) }),
          { isolationLevel: level },
        ),
    };
  },

  TypeORM: async (url) => {
    const source = await new DataSource({ type: 'postgres', url, extra: { max: 12 } }).initialize();
    const levels = {
      'read committed': 'READ COMMITTED',
      'repeatable read': 'REPEATABLE READ',
      serializable: 'SERIALIZABLE',
    } as const;
    return {
      knowsEnd: true,
      outside: source.manager,
      close: () => source.destroy(),
      transact: (level, work) =>
        source.transaction(levels[level], (manager) =>
          work({ transaction: manager, execute: (text) => manager.query(text) }),
        ),
    };
  },

  'Drizzle on pg': async (url) => {
    const pool = new Pool(poolOptions(url));
    const db = drizzleOnPg(pool);
    return {
      knowsEnd: true,
      outside: db,
      close: () => pool.end(),
      transact: (isolationLevel, work) =>
        db.transaction(
          (tx) => work({ transaction: tx, execute: (text) => tx.execute(drizzleSql.raw(text)) }),
          { isolationLevel },
        ),
    };
  },

  'Drizzle on postgres.js': async (url) => {
    const client = postgresJs(url, { max: 12, onnotice: () => undefined });
    const db = drizzleOnPostgresJs(client);
    return {
      knowsEnd: false,
      outside: db,
      close: () => client.end(),
      transact: (isolationLevel, work) =>
        db.transaction(
          (tx) => work({ transaction: tx, execute: (text) => tx.execute(drizzleSql.raw(text)) }),
          { isolationLevel },
        ),
    };
  },

  Prisma: async (url) => {
    const prisma = createPrisma(new PrismaPg(poolOptions(url)));
    const levels = {
      'read committed': 'ReadCommitted',
      'repeatable read': 'RepeatableRead',
      serializable: 'Serializable',
    } as const;
    return {
      knowsEnd: true,
      outside: prisma,
      close: () => prisma.$disconnect(),
      transact: (level, work) =>
        prisma.$transaction(
          (tx) => work({ transaction: tx, execute: async (text) => tx.$executeRawUnsafe(text) }),
          { isolationLevel: levels[level], timeout: 20_000, maxWait: 20_000 },
        ),
    };
  },
};
