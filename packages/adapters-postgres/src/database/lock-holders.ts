import { sql, type RawBuilder } from 'kysely';
import type { Sql } from './postgres-transaction.ts';

/** Identifies our advisory locks in the database: "game" as a number; the second key is the schema's hash. */
const LOCK_SPACE = 0x67616d65;
const MAX_NAMED = 5;

/** Returns the two keys of the advisory lock for a schema's migrations. */
export function migrationLock(schema: string): RawBuilder<unknown> {
  return sql`${LOCK_SPACE}::int, pg_catalog.hashtext(${schema})`;
}

/**
 * Returns the other sessions that hold the migration lock of a schema, or a lock on any of its tables, as text, those
 * with the oldest transaction first. For sessions of other roles only the pid may be visible.
 */
export async function lockHolders(db: Sql, schema: string): Promise<readonly string[]> {
  const { rows } = await sql<Holder>`
    select holder.pid, holder.usename as role, holder.application_name as application, holder.state,
      extract(epoch from pg_catalog.clock_timestamp() - holder.xact_start)::int as seconds
    from pg_catalog.pg_stat_activity as holder
    where holder.pid <> pg_catalog.pg_backend_pid() and exists (
      select from pg_catalog.pg_locks as held
      where held.pid = holder.pid and held.granted
        and held.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
        and (
          held.locktype = 'advisory' and held.objsubid = 2 and held.classid = ${LOCK_SPACE}::oid
            and held.objid::bigint = pg_catalog.hashtext(${schema})::bigint & 4294967295
          or held.locktype = 'relation' and held.relation in (
            select oid from pg_catalog.pg_class where relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(${schema}))
          )
        )
    )
    order by holder.xact_start nulls last limit ${MAX_NAMED}
  `.execute(db);
  return rows.map(described);
}

interface Holder {
  readonly pid: number;
  readonly role: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly seconds: number | null;
}

function described({ pid, role, application, state, seconds }: Holder): string {
  const about = [
    role !== null && `role ${role}`,
    application && `application ${application}`,
    state && `${state}${seconds === null ? '' : ` for ${seconds} s`}`,
  ].filter(Boolean);
  return `session ${pid}${about.length > 0 ? ` (${about.join(', ')})` : ''}`;
}
