import { sql } from 'kysely';
import type { Sql } from './postgres-transaction.ts';

/** Privileges on a table. */
export type TablePrivilege = 'select' | 'insert' | 'update' | 'delete';

/** What the role of a connection may do in a schema, according to the catalog, which every role may read. */
export interface Access {
  readonly role: string;
  readonly database: string;
  readonly serverVersion: string;
  readonly schema: string;
  /** The owner of the schema; `null` if it does not exist. */
  readonly owner: string | null;
  /** Whether the role may create a schema in this database. */
  readonly mayCreateSchema: boolean;
  /** Whether the role may use objects of the schema, and create objects there. */
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
  readonly tables: readonly TableAccess[];
  readonly functions: readonly FunctionAccess[];
}

interface TableAccess {
  readonly name: string;
  /** Whether the role may alter the table itself. */
  readonly isOwner: boolean;
  readonly missing: readonly TablePrivilege[];
}

interface FunctionAccess {
  readonly name: string;
  readonly mayExecute: boolean;
}

/** Three reads of the catalog by its indexes. Changes and locks nothing. */
export async function readAccess(db: Sql, schema: string): Promise<Access> {
  const { rows } = await sql<Omit<Access, 'schema' | 'tables' | 'functions'>>`
    select current_user::text as role, pg_catalog.current_database()::text as database,
      pg_catalog.current_setting('server_version') as "serverVersion",
      pg_catalog.pg_get_userbyid(found.nspowner)::text as owner,
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as "mayCreateSchema",
      coalesce(pg_catalog.has_schema_privilege(found.oid, 'usage'), false) as "mayUse",
      coalesce(pg_catalog.has_schema_privilege(found.oid, 'create'), false) as "mayCreate"
    from (select) as one
    left join pg_catalog.pg_namespace as found on found.nspname = ${schema}
  `.execute(db);
  return {
    ...rows[0]!,
    schema,
    tables: await readTables(db, schema),
    functions: await readFunctions(db, schema),
  };
}

async function readTables(db: Sql, schema: string): Promise<readonly TableAccess[]> {
  const { rows } = await sql<{ name: string; is_owner: boolean; missing: string | null }>`
    select relname::text as name, pg_catalog.pg_has_role(relowner, 'usage') as is_owner, (
      select pg_catalog.string_agg(one, ',') from pg_catalog.unnest(array['select', 'insert', 'update', 'delete']) as one
      where not pg_catalog.has_table_privilege(pg_class.oid, one)
    ) as missing
    from pg_catalog.pg_class
    where relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${schema}) and relkind in ('r', 'p', 'v')
    order by relname
  `.execute(db);
  return rows.map(({ name, is_owner: isOwner, missing }) => ({
    name,
    isOwner,
    missing: (missing?.split(',') ?? []) as readonly TablePrivilege[],
  }));
}

async function readFunctions(db: Sql, schema: string): Promise<readonly FunctionAccess[]> {
  const { rows } = await sql<FunctionAccess>`
    select proname::text as name, pg_catalog.has_function_privilege(oid, 'execute') as "mayExecute"
    from pg_catalog.pg_proc where pronamespace = (select oid from pg_catalog.pg_namespace where nspname = ${schema})
  `.execute(db);
  return rows;
}
