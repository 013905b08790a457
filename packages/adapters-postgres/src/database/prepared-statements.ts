import { TransactionConflictError } from '@gamekeeper/core';
import { sqlState } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';
import { statementName } from './statement.ts';

/** Whether the server parses and plans a statement once per connection; `auto`: unless a pooler is between. */
export type PreparedStatementsOption = 'auto' | boolean;

/** A migration has changed what the statement returns: it has to be prepared anew. */
const PLAN_OUTDATED = '0A000';
/** The server does not know the statement, or knew it already: a pooler has exchanged the connection behind this one. */
const NOT_OURS = ['26000', '42P05'];

/**
 * Prepares our often-used statements on the connections of a pool. Their texts are constant, so each connection has a
 * bounded number of them; all other statements are sent as they are.
 */
export class PreparedStatements {
  #isOn: boolean;
  readonly #looksForPooler: boolean;
  /** Part of the names, so that all connections prepare anew after a migration. */
  #generation = 0;

  constructor(option: PreparedStatementsOption) {
    this.#isOn = option !== false;
    this.#looksForPooler = option === 'auto';
  }

  /** Prepares statements on all connections that the pool opens from now on. */
  attachTo(pool: PgPool): void {
    if (this.#isOn) pool.on('connect', (client) => this.#attach(client));
  }

  #attach(client: PgClient): void {
    const query = client.query.bind(client);
    let isDirect = this.#looksForPooler ? undefined : true;
    client.query = (...args) => {
      const [text, values] = args;
      const name = this.#isOn && args.length === 2 ? statementName(text) : undefined;
      if (name === undefined || isDirect === false) return query(...args);
      const run = (): unknown =>
        isDirect ? this.#runPrepared(query, { name, text, values }) : query(text, values);
      if (isDirect) return run();
      return isDirectConnection(client, query).then((answer) => {
        isDirect = answer;
        return run();
      });
    };
  }

  async #runPrepared(
    query: PgClient['query'],
    { name, text, values }: { readonly name: string; readonly text: unknown; readonly values: unknown },
  ): Promise<unknown> {
    const generation = this.#generation;
    try {
      return await query({ name: generation === 0 ? name : `${name}_${generation}`, text, values });
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (state === PLAN_OUTDATED) this.#generation = Math.max(this.#generation, generation + 1);
      else if (NOT_OURS.includes(state)) this.#isOn = false;
      else throw error;
      // Repeated as a whole, the transaction succeeds.
      throw new TransactionConflictError('PostgreSQL', error);
    }
  }
}

/** A pooler reports a pid of its own at connect. Never throws: an unusable connection fails by itself. */
async function isDirectConnection(client: PgClient, query: PgClient['query']): Promise<boolean> {
  try {
    const { rows } = (await query('select pg_catalog.pg_backend_pid() as own')) as {
      readonly rows: readonly { readonly own: number }[];
    };
    return rows[0]?.own === client.processID;
  } catch {
    return false;
  }
}
