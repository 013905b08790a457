import type { PGlite, protocol as PgliteProtocol } from '@electric-sql/pglite';

/** The result of a statement, in the format of PGlite. */
export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly affectedRows: number;
}

type Query = (text: string, parameters?: readonly unknown[]) => Promise<QueryResult>;
type Message = Awaited<ReturnType<PGlite['execProtocol']>>['messages'][number];
type Described = Message & { readonly dataTypeIDs?: readonly number[]; readonly fields?: readonly Field[] };

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** A prepared statement. */
interface Statement {
  readonly name: string;
  readonly parameterTypes: readonly number[];
  readonly fields: readonly Field[];
}

/** More than a program has; further statements are generated and not worth caching. */
const MAX_STATEMENTS = 500;

/**
 * A PGlite for Kysely's dialect that prepares a statement at its second use.
 *
 * PGlite's own `query` sends each statement in six messages and has it parsed and planned each time, which is most of
 * the cost of a small statement. Here it is one message, and the plan is cached.
 */
export class PreparedPglite {
  readonly #pglite: PGlite;
  readonly #serialize: (typeof PgliteProtocol)['serialize'];
  readonly #executeAndSync: Uint8Array;
  readonly #statements = new Map<string, Statement>();
  readonly #seen = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #closing = false;

  constructor(pglite: PGlite, { serialize }: typeof PgliteProtocol) {
    this.#pglite = pglite;
    this.#serialize = serialize;
    this.#executeAndSync = Buffer.concat([serialize.execute({}), serialize.sync()]);
  }

  readonly query: Query = (text, parameters) => this.#exclusively(() => this.#execute(text, parameters));

  /** Like PGlite's own, but its begin and commit are prepared as well. */
  readonly transaction = <Result>(
    work: (tx: { readonly query: Query }) => Promise<Result>,
  ): Promise<Result> =>
    this.#exclusively(async () => {
      await this.#execute('begin');
      try {
        const result = await work({ query: this.#execute });
        await this.#execute('commit');
        return result;
      } catch (error) {
        await this.#execute('rollback');
        throw error;
      }
    });

  close(): Promise<void> {
    this.#closing = true;
    return this.#pglite.close();
  }

  get closed(): boolean {
    return this.#pglite.closed;
  }

  get ready(): boolean {
    return this.#pglite.ready;
  }

  get waitReady(): Promise<void> {
    return this.#pglite.waitReady;
  }

  /** There is one connection: a statement waits for the open transaction. */
  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  readonly #execute: Query = async (text, parameters = []) => {
    const statement = this.#statements.get(text) ?? (await this.#prepare(text));
    if (!statement) return (await this.#pglite.query(text, [...parameters])) as unknown as QueryResult;
    const { serializers } = this.#pglite;
    const values = statement.parameterTypes.map((type, index) => {
      const value = parameters[index];
      if (value === null || value === undefined) return null;
      return serializers[type]?.(value) ?? String(value);
    });
    const messages = await this.#send(
      this.#serialize.bind({ statement: statement.name, values }),
      this.#executeAndSync,
    );
    return this.#answer(statement, messages);
  };

  async #prepare(text: string): Promise<Statement | undefined> {
    if (!this.#seen.delete(text)) {
      if (this.#seen.size >= MAX_STATEMENTS) this.#seen.clear();
      this.#seen.add(text);
      return undefined;
    }
    if (this.#statements.size >= MAX_STATEMENTS) return undefined;
    const { parse, describe, sync } = this.#serialize;
    const name = `gamekeeper_${this.#statements.size + 1}`;
    const described = await this.#send(parse({ name, text }), describe({ type: 'S', name }), sync());
    const statement = {
      name,
      parameterTypes: named(described, 'parameterDescription')?.dataTypeIDs ?? [],
      fields: named(described, 'rowDescription')?.fields ?? [],
    };
    this.#statements.set(text, statement);
    return statement;
  }

  async #send(...parts: readonly Uint8Array[]): Promise<readonly Message[]> {
    // The protocol does not check it, and a closed database has freed its memory.
    if (this.#closing) throw new Error('PGlite is closed');
    // In Node, files are written directly: only a browser's file system is a copy that is brought up to date.
    const { messages } = await this.#pglite.execProtocol(Buffer.concat(parts), { syncToFs: false });
    return messages;
  }

  #answer({ fields }: Statement, messages: readonly Message[]): QueryResult {
    const { parsers } = this.#pglite;
    const rows: Record<string, unknown>[] = [];
    let affectedRows = 0;
    for (const message of messages) {
      if (message.name === 'dataRow') {
        const row: Record<string, unknown> = {};
        const values = (message as Message & { readonly fields: readonly (string | null)[] }).fields;
        fields.forEach(({ name, dataTypeID }, index) => {
          const value = values[index] ?? null;
          row[name] = value === null ? null : (parsers[dataTypeID]?.(value, dataTypeID) ?? value);
        });
        rows.push(row);
      } else if (message.name === 'commandComplete') {
        const [command, ...counts] = (message as Message & { readonly text: string }).text.split(' ');
        if (command !== 'SELECT') affectedRows = Number(counts.at(-1) ?? 0) || 0;
      }
    }
    return { rows, affectedRows };
  }
}

function named(messages: readonly Message[], name: string): Described | undefined {
  return messages.find((message) => message.name === name);
}
