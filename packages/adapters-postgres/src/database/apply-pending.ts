import { sql, type RawBuilder } from 'kysely';
import { migrations, type Migration } from '../migrations/index.ts';
import { migrationLock, lockHolders } from './lock-holders.ts';
import { LONG_LOCK_TIMEOUT_MS } from './lock-timeouts.ts';
import type { Sql } from './postgres-transaction.ts';
import { recordCompatibility } from './schema-version.ts';

/** The server ends a migration after this time if its process has vanished from the network, and releases the lock. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;

/** Why the schema could not be migrated now. */
export interface MigrationBlocker {
  /** The pending migrations. */
  readonly pending: readonly string[];
  /** The sessions that hold the needed locks, as text; only those that this role may see. */
  readonly holders: readonly string[];
}

/**
 * Applies pending migrations in the given transaction, which must be new and READ COMMITTED: a read after the lock sees
 * what was committed meanwhile. Returns what blocks it, or `null` when no migration is pending.
 *
 * @param onPending called with the pending migrations before anything is locked
 * @throws errors of PostgreSQL, such as 55P03 if another session kept a table locked
 */
export async function applyPending(
  tx: Sql,
  schema: string,
  onPending: (names: readonly string[]) => void,
): Promise<MigrationBlocker | null> {
  await begin(tx);
  const looked = names(await missingIn(tx, schema));
  onPending(looked);
  if (looked.length === 0) return null;
  if (!(await tryLock(tx, schema))) return { pending: looked, holders: await lockHolders(tx, schema) };
  // The previous holder of the lock may have applied them.
  const pending = await missingIn(tx, schema);
  if (pending.length > 0) await apply(tx, schema, pending);
  return null;
}

/** Settings of this transaction only: behind a pooler, the session is used by others afterwards. */
async function begin(tx: Sql): Promise<void> {
  await sql`
    select pg_catalog.set_config('lock_timeout', ${String(LONG_LOCK_TIMEOUT_MS)}, true),
      pg_catalog.set_config('statement_timeout', '0', true),
      pg_catalog.set_config('idle_in_transaction_session_timeout', ${String(IDLE_TRANSACTION_TIMEOUT_MS)}, true)
  `.execute(tx);
}

async function missingIn(tx: Sql, schema: string): Promise<readonly Migration[]> {
  // Reads the catalog's rows: `to_regclass` may use a cache that does not know yet what another session committed.
  const { rows: found } = await sql<{ is_there: boolean }>`
    select exists (
      select from pg_catalog.pg_class as relation join pg_catalog.pg_namespace as namespace
        on namespace.oid = relation.relnamespace
      where namespace.nspname = ${schema} and relation.relname = 'gamekeeper_migrations'
    ) as is_there
  `.execute(tx);
  if (!found[0]!.is_there) return migrations;
  const { rows } = await sql<{ name: string }>`select name from ${migrationsTable(schema)}`.execute(tx);
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !applied.has(name));
}

/** One instance at a time, until the transaction ends. */
async function tryLock(tx: Sql, schema: string): Promise<boolean> {
  const { rows } = await sql<{ is_ours: boolean }>`
    select pg_catalog.pg_try_advisory_xact_lock(${migrationLock(schema)}) as is_ours
  `.execute(tx);
  return rows[0]!.is_ours;
}

async function apply(tx: Sql, schema: string, pending: readonly Migration[]): Promise<void> {
  await makeSchema(tx, schema);
  const table = migrationsTable(schema);
  await sql`
    create table if not exists ${table} (
      id serial primary key, name varchar(255) not null, executed_at timestamptz(6) not null default current_timestamp(6)
    )
  `.execute(tx);
  await sql`select pg_catalog.set_config('search_path', pg_catalog.quote_ident(${schema}), true)`.execute(tx);
  for (const { name, statements } of pending) {
    for (const statement of statements) await sql.raw(statement).execute(tx);
    await sql`insert into ${table} (name) values (${name})`.execute(tx);
  }
  await recordCompatibility(tx, schema);
}

/** Checked first, because `create schema if not exists` needs the privilege even if the schema exists. */
async function makeSchema(tx: Sql, schema: string): Promise<void> {
  const { rows } = await sql<{ is_there: boolean }>`
    select exists (select from pg_catalog.pg_namespace where nspname = ${schema}) as is_there
  `.execute(tx);
  if (!rows[0]!.is_there) await sql`create schema ${sql.id(schema)}`.execute(tx);
}

/** Returns the table in our schema that lists the applied migrations. */
function migrationsTable(schema: string): RawBuilder<unknown> {
  return sql`${sql.id(schema, 'gamekeeper_migrations')}`;
}

function names(list: readonly Migration[]): readonly string[] {
  return list.map(({ name }) => name);
}
