import { InvalidOptionError, type Transaction } from '@gamekeeper/core';
import {
  described,
  givenFunction,
  hiddenValue,
  requiredOptions,
  wholeNumber,
  withMethods,
} from '@gamekeeper/core/engine';
import type { Db, PgBoss } from 'pg-boss';

/** What is used of a pg-boss. */
export type PgBossLike = Pick<
  PgBoss,
  'createQueue' | 'insert' | 'work' | 'offWork' | 'notifyWorker' | 'getQueues' | 'on' | 'off'
>;

/**
 * Which pg-boss carries the work. Set exactly one of `boss` and `url`.
 */
export type PgBossSchedulerOptions = (
  | {
      /** Your own pg-boss 12, which you start before the host and stop after it. It is never stopped by Gamekeeper. */
      readonly boss: PgBossLike;
    }
  | {
      /** A database, such as `postgres://user:password@host:5432/game`: Gamekeeper starts and stops a pg-boss there. */
      readonly url: string;
      /** The schema of its tables. Default `pgboss`. */
      readonly schema?: string;
    }
) & {
  /** The beginning of the names of its queues, of which each job has one. Default `gamekeeper`. */
  readonly queuePrefix?: string;
  /**
   * How long a host may wait before it looks for new work, where pg-boss does not listen for notifications.
   * Milliseconds, from 500, default 2,000.
   */
  readonly pollIntervalMs?: number;
  /**
   * After how much silence pg-boss gives the item of a dead host to another, when its supervisor looks the next time.
   * Milliseconds, whole seconds from 10,000, default 30,000. Gamekeeper's own takeover does not depend on it.
   */
  readonly heartbeatMs?: number;
  /**
   * Returns the connection of a transaction, as pg-boss wants it, if its tables are in the database of the game:
   * shards are then sent in the transaction that divides their run.
   *
   * @example
   * joinTransaction: async (tx) => fromKysely(((await entityManagerOf(tx)) as SqlEntityManager).getKysely())
   */
  readonly joinTransaction?: (tx: Transaction) => Db | Promise<Db>;
};

/** Options with defaults. */
export interface CheckedPgBossOptions {
  readonly queuePrefix: string;
  readonly pollIntervalMs: number;
  readonly heartbeatSeconds: number;
  readonly joinTransaction: ((tx: Transaction) => Db | Promise<Db>) | null;
}

const METHODS = ['createQueue', 'insert', 'work', 'offWork', 'notifyWorker', 'getQueues', 'on', 'off'];

/**
 * Returns the options with defaults.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: PgBossSchedulerOptions): CheckedPgBossOptions {
  requiredOptions('pgBoss.', options, [
    'boss',
    'url',
    'schema',
    'queuePrefix',
    'pollIntervalMs',
    'heartbeatMs',
    'joinTransaction',
  ]);
  checkWay(options);
  const { queuePrefix = 'gamekeeper', pollIntervalMs = 2_000, heartbeatMs = 30_000 } = options;
  const { joinTransaction } = options;
  if (typeof queuePrefix !== 'string' || !/^[\w.-]{1,60}$/.test(queuePrefix))
    throw new InvalidOptionError(
      'pgBoss.queuePrefix',
      queuePrefix,
      'must be 1 to 60 letters, digits, underscores, dots and hyphens',
    );
  wholeNumber('pgBoss.heartbeatMs', heartbeatMs, { min: 10_000, max: 3_600_000 });
  if (heartbeatMs % 1_000 !== 0)
    throw new InvalidOptionError('pgBoss.heartbeatMs', heartbeatMs, 'must be a number of whole seconds');
  return {
    queuePrefix,
    pollIntervalMs: wholeNumber('pgBoss.pollIntervalMs', pollIntervalMs, { min: 500, max: 3_600_000 }),
    heartbeatSeconds: heartbeatMs / 1_000,
    joinTransaction:
      joinTransaction === undefined
        ? null
        : givenFunction(
            'pgBoss.joinTransaction',
            joinTransaction,
            'must be a function that returns the connection of a transaction',
          ),
  };
}

function checkWay(options: PgBossSchedulerOptions): void {
  const given = (['boss', 'url'] as const).filter((way) => way in options);
  if (given.length !== 1)
    throw new InvalidOptionError(
      'pgBoss',
      described(given.join(' and ') || 'none of them'),
      'must have exactly one of boss and url',
    );
  if ('boss' in options) {
    withMethods('pgBoss.boss', options.boss, METHODS, 'must be a pg-boss 12, such as new PgBoss(…)');
    if ('schema' in options)
      throw new InvalidOptionError('pgBoss.schema', options.schema, 'works only together with a url');
    return;
  }
  const { url, schema } = options;
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol))
    throw new InvalidOptionError(
      'pgBoss.url',
      hiddenValue(url),
      'must be a URL such as postgres://user:password@host:5432/game',
    );
  if (schema !== undefined && (typeof schema !== 'string' || !/^[a-z_][a-z0-9_]{0,49}$/.test(schema)))
    throw new InvalidOptionError(
      'pgBoss.schema',
      schema,
      'must be 1 to 50 lower-case letters, digits and underscores',
    );
}
