import { PostgresDatabase, entityManagerOf } from '@gamekeeper/adapters-postgres';
import { setTimeout as pause } from 'node:timers/promises';

const tables = ['lives', 'player_progress', 'rankings', 'quiz_sessions'] as const;
const MOST_ROWS = 20;

/** Somebody at a console of the server who locks rows of players, and takes their time. */
export class Stranger {
  /** How often rows were locked, and for how long at most. Milliseconds of real time. */
  readonly locks = { count: 0, longestMs: 0 };
  /**
   * The longest that a player's action took while rows were locked: of players whose own rows were, who have to wait, and
   * of all others. Milliseconds.
   */
  readonly longestWaitMs = { own: 0, others: 0 };
  readonly #database: PostgresDatabase;
  readonly #random: () => number;
  #held: ReadonlySet<string> | null = null;
  #atWork: Promise<void> = Promise.resolve();

  constructor(url: string, random: () => number) {
    this.#database = new PostgresDatabase({ url, poolSize: 2 });
    this.#random = random;
  }

  open(): Promise<void> {
    return this.#database.open();
  }

  /** Lets go, and leaves. */
  async close(): Promise<void> {
    await this.#atWork;
    await this.#database.close();
  }

  /** Locks some rows of one table for a while; one table at a time. Does not wait until they are free again. */
  lockRows(forMs: number, signal: AbortSignal): void {
    if (this.#held) return;
    this.#held = new Set();
    this.#atWork = this.#hold(forMs, signal)
      // The server crashes now and then, or ends this connection.
      .catch(() => undefined)
      .finally(() => (this.#held = null));
  }

  /** Carries out a player's action, and measures it where rows are locked. */
  async watch<Result>(player: string, action: () => Promise<Result>): Promise<Result> {
    const [before, begun] = [this.#held, performance.now()];
    const result = await action();
    const isOwn = before?.has(player);
    // Of the others only what passed while the rows stayed locked says anything: a crash frees them.
    if (before && (isOwn || before === this.#held)) {
      const whose = isOwn ? 'own' : 'others';
      this.longestWaitMs[whose] = Math.max(this.longestWaitMs[whose], performance.now() - begun);
    }
    return result;
  }

  async #hold(forMs: number, signal: AbortSignal): Promise<void> {
    // The ORM's own `transactional` keeps a connection that breaks, and then the pool cannot be closed.
    await this.#database.run(async (tx) => {
      const own = (await entityManagerOf(tx)).getTransactionContext<never>();
      const table = tables[Math.floor(this.#random() * tables.length)];
      const count = 1 + Math.floor(this.#random() * MOST_ROWS);
      const rows = await this.#database.orm.em
        .getConnection()
        .execute<{ user_id: string }[]>(
          `select user_id from ${this.#database.schema}.${table} order by random() limit ${count} for update`,
          [],
          'all',
          own,
        );
      // Nobody has played yet.
      if (rows.length === 0) return;
      this.#held = new Set(rows.map(({ user_id: player }) => player));
      this.locks.count += 1;
      const begun = performance.now();
      await pause(forMs, undefined, { signal }).catch(() => undefined);
      this.locks.longestMs = Math.max(this.locks.longestMs, performance.now() - begun);
    });
  }
}
