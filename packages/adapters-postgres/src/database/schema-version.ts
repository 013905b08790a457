import { SetupError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { compatibilityOf, migrations, type Compatibility } from '../migrations/index.ts';
import type { Sql } from './postgres-transaction.ts';
import { quoted } from './sql.ts';

/** The version of a schema. */
export interface SchemaVersion extends Compatibility {
  /** Migrations of this version that have not been applied, oldest first. */
  readonly pending: readonly string[];
  /** Applied migrations that this version does not know, oldest first: a newer version was here. */
  readonly unknown: readonly string[];
}

/** Thrown when a newer version of Gamekeeper has changed the schema so that this one cannot use it. */
export class SchemaTooNewError extends SetupError<'SCHEMA_TOO_NEW'> {
  constructor(schema: string, { unknown, oldestRelease }: SchemaVersion) {
    super(
      'SCHEMA_TOO_NEW',
      `The schema ${quoted(schema)} was migrated by a newer Gamekeeper (${unknown.join(', ')}), and releases before ${oldestRelease} cannot use it`,
      {
        advice: `run Gamekeeper ${oldestRelease} or later here, or restore a backup from before that upgrade (docs/operate.md, "Upgrades and rollbacks")`,
      },
    );
  }
}

/**
 * Reads the version of a schema. Needs the table of migrations, and the privilege to read it.
 *
 * @param hasCompatibility whether the table `schema_compatibility` exists; the first release did not create it
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

/** Returns the version of a schema without migrations. */
export function emptySchemaVersion(): SchemaVersion {
  return { pending: migrations.map(({ name }) => name), unknown: [], ...compatibilityOf([]) };
}

/** Whether code of this version cannot use the schema. */
export function isTooNew({ level }: SchemaVersion): boolean {
  return level > compatibilityOf(migrations).level;
}

/** Without a row, the table was created but never written, which is the same as no table. */
async function readCompatibility(db: Sql, schema: string): Promise<Compatibility> {
  const { rows } = await sql<Compatibility>`
    select level, oldest_release as "oldestRelease" from ${compatibilityTable(schema)}
  `.execute(db);
  return rows[0] ?? compatibilityOf([]);
}

/** Records what code must support now; a newer version may have recorded more. */
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
