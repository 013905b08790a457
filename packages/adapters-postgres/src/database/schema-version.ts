import { SetupError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { compatibilityOf, migrations, type Compatibility } from '../migrations/index.ts';
import type { Sql } from './postgres-transaction.ts';
import { quoted } from './sql.ts';

/** Where a schema stands among the versions of Gamekeeper. */
export interface SchemaVersion extends Compatibility {
  /** Migrations of this version that have not run, oldest first. */
  readonly pending: readonly string[];
  /** Migrations that have run and that this version does not know, oldest first: a newer one was here. */
  readonly unknown: readonly string[];
}

/** A newer version of Gamekeeper has changed the schema so that this one cannot work on it. */
export class SchemaTooNewError extends SetupError<'SCHEMA_TOO_NEW'> {
  constructor(schema: string, { unknown, oldestRelease }: SchemaVersion) {
    super(
      'SCHEMA_TOO_NEW',
      `The schema ${quoted(schema)} was migrated by a newer Gamekeeper (${unknown.join(', ')}), and code older than ${oldestRelease} cannot work on it`,
      {
        advice: `run Gamekeeper ${oldestRelease} or later here, or go back to a backup from before that upgrade (docs/operate.md, "Upgrades and rollbacks")`,
      },
    );
  }
}

/**
 * Reads where a schema stands. Needs the table of migrations, and the right to read it.
 *
 * @param hasCompatibility whether the table of that name is there, which the first release did not make
 */
export async function readVersion(
  db: Sql,
  schema: string,
  hasCompatibility: boolean,
): Promise<SchemaVersion> {
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.id(schema, 'gamekeeper_migrations')} order by id
  `.execute(db);
  const applied = rows.map(({ name }) => name);
  const known = migrations.map(({ name }) => name);
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
    ...(hasCompatibility ? await readCompatibility(db, schema) : compatibilityOf([])),
  };
}

/** Nothing has run. */
export function emptySchemaVersion(): SchemaVersion {
  return { pending: migrations.map(({ name }) => name), unknown: [], ...compatibilityOf([]) };
}

/** Whether code of this version cannot work on it. */
export function isTooNew({ level }: SchemaVersion): boolean {
  return level > compatibilityOf(migrations).level;
}

/** Without a row it was made and never written: as if it were not there. */
async function readCompatibility(db: Sql, schema: string): Promise<Compatibility> {
  const { rows } = await sql<Compatibility>`
    select level, oldest_release as "oldestRelease" from ${compatibilityTable(schema)}
  `.execute(db);
  return rows[0] ?? compatibilityOf([]);
}

/** Notes what code has to be able to do now; a newer version may have noted more. */
export async function recordCompatibility(db: Sql, schema: string): Promise<void> {
  const { level, oldestRelease } = compatibilityOf(migrations);
  await sql`
    insert into ${compatibilityTable(schema)} as noted (level, oldest_release) values (${level}, ${oldestRelease})
    on conflict (single_row) do update set level = excluded.level, oldest_release = excluded.oldest_release
    where excluded.level > noted.level
  `.execute(db);
}

function compatibilityTable(schema: string): RawBuilder<unknown> {
  return sql`${sql.id(schema, 'schema_compatibility')}`;
}
