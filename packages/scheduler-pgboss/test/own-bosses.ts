import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { PgBoss, type Db } from 'pg-boss';

/** A schema of pg-boss on a server, with an instance for each host of a test. */
export class OwnBosses {
  readonly schema = `gamekeeper_test_boss_${process.pid}_${randomUUID().slice(0, 6)}`;
  readonly #url: string;
  readonly #bosses: MortalBoss[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns the pg-boss of a further host, started. */
  async open(): Promise<MortalBoss> {
    const boss = new MortalBoss(this.#url, this.schema);
    await boss.start();
    this.#bosses.push(boss);
    return boss;
  }

  /** Runs a statement in which `@` stands for the schema. */
  async run(statement: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(this.#url);
    await client.connect();
    try {
      return (await client.query(statement.replaceAll('@', `"${this.schema}"`))).rows as Record<
        string,
        unknown
      >[];
    } finally {
      await client.end();
    }
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#bosses.splice(0).map((boss) => boss.end()));
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.run('drop schema if exists @ cascade');
  }
}

/** A pg-boss whose process can be killed: its statements are never answered then. */
export class MortalBoss {
  readonly boss: PgBoss;
  readonly #pool: pg.Pool;
  #isDead = false;

  constructor(url: string, schema: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 4 });
    const db: Db = {
      executeSql: (text, values) =>
        this.#isDead ? new Promise(() => undefined) : this.#pool.query(text, values),
    };
    this.boss = new PgBoss({
      db,
      schema,
      schedule: false,
      superviseIntervalSeconds: 1,
      monitorIntervalSeconds: 1,
    });
    this.boss.on('error', () => undefined);
  }

  async start(): Promise<void> {
    await this.boss.start();
  }

  die(): void {
    this.#isDead = true;
  }

  async end(): Promise<void> {
    const stopped = this.boss.stop({ graceful: false }).catch(() => undefined);
    await Promise.race([stopped, wait(this.#isDead ? 100 : 5_000)]);
    await this.#pool.end();
  }
}
