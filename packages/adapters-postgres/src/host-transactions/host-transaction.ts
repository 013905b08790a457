import { InvalidOptionError } from '@gamekeeper/core';
import { described } from '@gamekeeper/core/engine';
import { drizzleExecutor, drizzleSession, type DrizzleTransactionLike } from './drizzle-transaction.ts';
import { knexExecutor, type KnexTransactionLike } from './knex-transaction.ts';
import { kyselyExecutor, type KyselyTransactionLike } from './kysely-transaction.ts';
import { pgClientExecutor, type PgClientLike } from './pg-client.ts';
import { prismaExecutor, type PrismaTransactionLike } from './prisma-transaction.ts';
import type { SqlExecutor } from './sql-executor.ts';
import {
  typeOrmExecutor,
  type TypeOrmManagerLike,
  type TypeOrmQueryRunnerLike,
} from './typeorm-transaction.ts';

/** A transaction that a host has begun with a library other than MikroORM. */
export type HostTransaction =
  | PgClientLike
  | KyselyTransactionLike
  | KnexTransactionLike
  | DrizzleTransactionLike
  | TypeOrmManagerLike
  | TypeOrmQueryRunnerLike
  | PrismaTransactionLike;

const REQUIREMENT =
  'must be an open transaction: of MikroORM, TypeORM, Prisma, Drizzle, Kysely or Knex, or a client of "pg" after BEGIN';

/**
 * Returns an executor for the transaction, recognised by its methods.
 *
 * @throws {InvalidOptionError} if it is none, or has not begun or has ended, as far as its library knows
 */
export function executorOf(given: unknown): SqlExecutor {
  const executor = recognised(given);
  if (executor.isOpen() === false) throw refusal('one that is not in a transaction');
  return executor;
}

function recognised(given: unknown): SqlExecutor {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) {
    throw new InvalidOptionError('transaction', given, REQUIREMENT);
  }
  const has = (name: string): boolean => name in given;
  if (has('$queryRawUnsafe')) {
    if (has('$transaction') && has('$connect')) throw refusal('a Prisma client outside of $transaction()');
    return prismaExecutor(given as PrismaTransactionLike);
  }
  const session = drizzleSession(given);
  if (session) {
    if (!has('rollback')) throw refusal('a Drizzle database outside of transaction()');
    return drizzleExecutor(session);
  }
  if (has('isTransactionActive')) return typeOrmExecutor(given as TypeOrmQueryRunnerLike);
  if (has('getRepository')) {
    const { queryRunner } = given as TypeOrmManagerLike;
    if (!queryRunner) throw refusal('a TypeORM entity manager outside of transaction()');
    return typeOrmExecutor(queryRunner);
  }
  if (has('withoutPlugins')) {
    if (!(given as KyselyTransactionLike).isTransaction) throw refusal('a Kysely outside of transaction()');
    return kyselyExecutor(given as KyselyTransactionLike);
  }
  if (has('raw') && has('client')) {
    if (!(given as KnexTransactionLike).isTransaction) throw refusal('a Knex outside of transaction()');
    return knexExecutor(given as KnexTransactionLike);
  }
  if (has('totalCount')) throw refusal('a pool, whose clients each have transactions of their own');
  if (typeof (given as Partial<PgClientLike>).query === 'function')
    return pgClientExecutor(given as PgClientLike);
  throw refusal('an object that is none of these');
}

function refusal(what: string): InvalidOptionError {
  return new InvalidOptionError('transaction', described(what), REQUIREMENT);
}
