import { PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { sql } from 'kysely';
import { documented } from './documented.ts';
import { firstRelease } from './first-release.ts';

const PASSWORD = 'a password of a test';

/** The two roles of docs/operate.md, made by the statements that stand there, and a schema of their own. */
export class OwnRoles {
  readonly schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  readonly owner = `${this.schema}_owner`;
  readonly app = `${this.schema}_app`;
  readonly #url: string;
  readonly #janitor: PostgresDatabase;

  /** @param url of a superuser, or of one who may make roles */
  constructor(url: string) {
    this.#url = url;
    this.#janitor = new PostgresDatabase({ url, schema: `${this.schema}_janitor`, poolSize: 2 });
  }

  /** @param options.isNew without it, the owner has had the schema since 0.1.0 */
  async open({ isNew = false } = {}): Promise<void> {
    await this.#janitor.open();
    await this.runDocumented('-- roles');
    if (!isNew) await this.run(`begin; set local role "${this.owner}"; ${firstRelease(this.schema)}; commit`);
    for (const role of [this.owner, this.app]) await this.run(`alter role "${role}" password '${PASSWORD}'`);
  }

  /** Drops all that was made, with what the roles own. */
  async close(): Promise<void> {
    for (const role of [this.owner, this.app]) {
      await this.run(`drop owned by "${role}" cascade`);
      await this.run(`drop role "${role}"`);
    }
    await this.#janitor.dropSchema();
    await this.#janitor.close();
  }

  /** The address of the server for one of the roles. */
  url(role: string): string {
    const url = new URL(this.#url);
    url.username = role;
    url.password = PASSWORD;
    return url.href;
  }

  /** A database for one of the roles, not open. */
  database(
    role: string,
    options: { readonly migrate?: boolean; readonly pinnableClock?: boolean } = {},
  ): PostgresDatabase {
    return new PostgresDatabase({ url: this.url(role), schema: this.schema, poolSize: 3, ...options });
  }

  /** Carries out a statement as whoever runs the tests. */
  async run(statement: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.#janitor.within(undefined, (db) => sql.raw(statement).execute(db));
    return rows as readonly Record<string, unknown>[];
  }

  /** Carries out a block of the page, under the names of this test. */
  async runDocumented(firstLine: string): Promise<void> {
    const lines = await documented('docs/operate.md', 'sql', firstLine);
    const text = lines
      .join('\n')
      .replace(/\bgamekeeper_owner\b/g, `"${this.owner}"`)
      .replace(/\bgamekeeper_app\b/g, `"${this.app}"`)
      .replace(/\bgamekeeper\b/g, `"${this.schema}"`);
    for (const statement of text.split(/;$/m).filter((one) => one.trim() !== '')) await this.run(statement);
  }
}
