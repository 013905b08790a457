import type { PostgresDatabase } from '@gamekeeper/adapters-postgres';

/** A connection of the driver, without anything of ours around it. */
interface RawClient {
  connect(): Promise<unknown>;
  query(
    statement: string | Prepared,
  ): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number }>;
  end(): Promise<unknown>;
}

interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The same quiz by hand, on tables as they come to mind first: two transactions with six prepared statements. It applies no due ticks,
 * writes no events, repeats nothing, and does not ask whether a period is sealed.
 */
export class HandWritten {
  readonly #schema: string;
  readonly #clients: readonly RawClient[];
  readonly #periods: Readonly<Record<'boards' | 'periods', readonly string[]>>;
  readonly #free: RawClient[];
  readonly #waiting: ((client: RawClient) => void)[] = [];

  private constructor(
    schema: string,
    clients: readonly RawClient[],
    periods: Readonly<Record<'boards' | 'periods', readonly string[]>>,
  ) {
    this.#schema = schema;
    this.#clients = clients;
    this.#free = [...clients];
    this.#periods = periods;
  }

  static async open(
    database: PostgresDatabase,
    poolSize: number,
    periods: readonly { readonly board: string; readonly period: string }[],
  ): Promise<HandWritten> {
    const connection = database.orm.driver.getConnection() as unknown as {
      getNativeClient(): Promise<{
        readonly Client: new (options: object) => RawClient;
        readonly options: object;
      }>;
    };
    const { Client, options } = await connection.getNativeClient();
    const clients = Array.from({ length: poolSize }, () => new Client(options));
    await Promise.all(clients.map((client) => client.connect()));
    return new HandWritten(database.schema, clients, {
      boards: periods.map(({ board }) => board),
      periods: periods.map(({ period }) => period),
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  async play(userId: string, quiz: string, xp: number): Promise<void> {
    await this.#transaction(async (run) => {
      await run(
        'lives',
        `update {natural_lives} set current_lives = current_lives - 1,
           next_regen_at = case when current_lives = 5 then $2::timestamptz + interval '30 min' else next_regen_at end
         where user_id = $1 and current_lives > 0 returning current_lives, next_regen_at`,
        [userId, new Date()],
      );
      await run(
        'begin_session',
        `insert into {natural_quiz_sessions} (id, user_id, status, started_at, expires_at)
         values ($1, $2, 'active', $3, $3::timestamptz + interval '10 min') returning id`,
        [quiz, userId, new Date()],
      );
    });
    const now = new Date();
    await this.#transaction(async (run) => {
      await run(
        'end_session',
        `update {natural_quiz_sessions} set status = 'completed', completed_at = $2::timestamptz
         where id = $1 and status = 'active' and expires_at > $2::timestamptz returning user_id`,
        [quiz, now],
      );
      await run(
        'progress',
        `update {natural_player_progress} set xp = xp + $2::bigint, xp_updated_at = $3::timestamptz,
           current_streak = case when last_quiz_at::date = $3::date then current_streak else current_streak + 1 end,
           longest_streak = greatest(longest_streak, current_streak + 1), last_quiz_at = $3::timestamptz
         where user_id = $1 returning current_streak, longest_streak`,
        [userId, xp, now],
      );
      await run(
        'award',
        `insert into {natural_xp_awards} (award_id, user_id, amount, earned_at) values ($1, $2, $3, $4) returning award_id`,
        [quiz, userId, xp, now],
      );
      const { boards, periods } = this.#periods;
      await run(
        'boards',
        `insert into {natural_rankings} as ranking (board, period, user_id, username, score, last_xp_at, tie_key)
         select board, period, $1, $1, $2::bigint, $3::timestamptz, -$4::bigint
         from unnest($5::text[], $6::text[]) as at (board, period)
         on conflict (board, period, user_id) do update
         set score = ranking.score + excluded.score, last_xp_at = excluded.last_xp_at, tie_key = excluded.tie_key
         returning board, score`,
        [userId, xp, now, now.getTime(), boards, periods],
      );
    });
  }

  async #transaction(
    work: (run: (name: string, text: string, values: readonly unknown[]) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const client = await this.#take();
    try {
      await client.query('begin');
      await work(async (name, text, values) => {
        const named = text.replaceAll(/\{(\w+)\}/g, (_, table: string) => `"${this.#schema}"."${table}"`);
        const { rows } = await client.query({ name, text: named, values });
        if (rows.length === 0) throw new Error(`${name} changed nothing`);
      });
      await client.query('commit');
    } finally {
      this.#giveBack(client);
    }
  }

  async #take(): Promise<RawClient> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(client: RawClient): void {
    const next = this.#waiting.shift();
    if (next) next(client);
    else this.#free.push(client);
  }
}
