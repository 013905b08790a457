import type { Transaction } from '@gamekeeper/core';
import type {
  ActionLog,
  NewOperatorAction,
  OperatorAction,
  OperatorActionEnd,
  OperatorActionsPage,
  PruneRequest,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { jsonb, millis, timestamp } from '../database/sql.ts';

/** What operators do, on PostgreSQL, in `operator_actions`. */
export class PostgresActionLog implements ActionLog {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async begin({ id, action, subject, who, reason, details }: NewOperatorAction): Promise<boolean> {
    const { operatorActions, now } = this.#database.tables;
    // Primary key: waits for a concurrent statement with the same id, and then changes nothing.
    const begun = await this.#execute(sql`
      insert into ${operatorActions} (id, action, subject, who, reason, details, begun_at)
      values (${id}, ${action}, ${subject}, ${who}, ${reason}, ${jsonb(details)}, ${now})
      on conflict (id) do nothing returning 1 as begun
    `);
    return begun.length === 1;
  }

  async end(id: string, { status, result }: OperatorActionEnd): Promise<void> {
    const { operatorActions, now } = this.#database.tables;
    // Primary key; PostgreSQL's text type cannot store NUL characters.
    await this.#execute(sql`
      update ${operatorActions} set status = ${status}, result = ${result.replaceAll('\0', '')}, ended_at = ${now}
      where id = ${id} and status = 'begun'
    `);
  }

  async find(id: string): Promise<OperatorAction | null> {
    // Primary key; no locks.
    const [action] = await this.#execute<OperatorAction>(sql`
      select ${columns} from ${this.#database.tables.operatorActions} where id = ${id}
    `);
    return action ?? null;
  }

  list({ subject, before, limit }: OperatorActionsPage): Promise<readonly OperatorAction[]> {
    // The index on the position, or on subject and position, backwards; no locks.
    return this.#execute<OperatorAction>(sql`
      select ${columns} from ${this.#database.tables.operatorActions}
      where ${subject === undefined ? sql`true` : sql`subject = ${subject}`}
        and ${before === undefined ? sql`true` : sql`position < ${before}::bigint`}
      order by operator_actions.position desc limit ${limit}
    `);
  }

  async prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    const { operatorActions } = this.#database.tables;
    // Actions are few: they are read from the oldest on, by the index on the position.
    const pruned = await this.#execute(
      sql`
        delete from ${operatorActions} where position = any (array(
          select position from ${operatorActions} where begun_at < ${timestamp(before)} order by position limit ${limit}
          for update skip locked
        )) returning 1 as pruned
      `,
      tx,
    );
    return pruned.length;
  }

  async #execute<Row>(statement: RawBuilder<unknown>, tx?: Transaction): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(tx, (db) => statement.execute(db));
    return rows as Row[];
  }
}

const columns: RawBuilder<unknown> = sql`
  id, action, subject, who, reason, details, position::text as position, status, result,
  ${millis('begun_at')} as "begunAt", ${millis('ended_at')} as "endedAt"
`;
