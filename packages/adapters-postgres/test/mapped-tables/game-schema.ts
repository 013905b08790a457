import { Pool } from 'pg';
import { testSchema } from '../postgres-harness.ts';

/** A schema of the host's own, with tables that Gamekeeper did not create. */
export class GameSchema {
  readonly name = `${testSchema()}_game`;
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool({ connectionString: url, max: 2 });
  }

  /** Runs statements in which `{players}` stands for the table of that name in this schema. */
  async run(statements: string): Promise<readonly Record<string, unknown>[]> {
    const text = statements.replaceAll(/\{(\w+)\}/g, `"${this.name}"."$1"`);
    const { rows } = await this.#pool.query<Record<string, unknown>>(text);
    return rows;
  }

  async open(statements = ''): Promise<void> {
    await this.run(`create schema "${this.name}"; ${statements}`);
  }

  async close(): Promise<void> {
    await this.run(`drop schema "${this.name}" cascade`);
    await this.#pool.end();
  }
}
