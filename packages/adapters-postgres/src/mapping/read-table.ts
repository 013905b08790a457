import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { tableParts } from './host-table.ts';
import type { TableMapping } from './table-mappings.ts';

/** A table of the host's as the catalog describes it to this role. */
export interface HostTable {
  readonly role: string;
  /** `r` for a table; also `p` (partitioned), `v` (view), `m`, `f`. */
  readonly kind: string;
  readonly hasChildren: boolean;
  readonly hasRules: boolean;
  /** Whether row-level security filters what this role sees or changes. */
  readonly hasRowSecurity: boolean;
  readonly mayUseSchema: boolean;
  readonly mayInsert: boolean;
  readonly maySelect: boolean;
  readonly mayDelete: boolean;
  /** The share of each page, in percent, that inserts fill. */
  readonly fillFactor: number;
  readonly columns: readonly HostColumn[];
  readonly indexes: readonly HostIndex[];
  readonly triggers: readonly HostTrigger[];
}

/** A column. */
export interface HostColumn {
  readonly name: string;
  /** As in DDL, with its modifier: `character varying(50)`. */
  readonly type: string;
  readonly isEnum: boolean;
  readonly isNotNull: boolean;
  /** Whether an insert may leave the column out although it is not null. */
  readonly hasDefault: boolean;
  /** Whether only the database writes it. */
  readonly isGenerated: boolean;
  readonly collation: string | null;
  /** The expression of a generated column. */
  readonly generatedAs: string | null;
  /** The name as PostgreSQL prints it in expressions. */
  readonly quotedName: string;
  readonly mayUpdate: boolean;
}

/** A valid index. */
export interface HostIndex {
  readonly name: string;
  /** Its key columns; an expression is an empty name. */
  readonly keys: readonly string[];
  /** Every column that it reads, also in expressions and in its predicate. */
  readonly columns: readonly string[];
  readonly predicate: string | null;
  /** Whether it finds at most one row for a key, at once and in the whole table. */
  readonly isUnique: boolean;
}

/** A trigger that runs when rows are updated or inserted. */
export interface HostTrigger {
  readonly name: string;
  readonly isRow: boolean;
  readonly isBefore: boolean;
}

/** Reads the catalog, which every role may read; locks and changes nothing. `null` if there is no such table. */
export async function readHostTable(db: Sql, mapping: TableMapping): Promise<HostTable | null> {
  const [schema, name] = tableParts(mapping);
  const { rows } = await sql<HostTable>`
    select current_user::text as role, relkind::text as kind, relhassubclass as "hasChildren", relhasrules as "hasRules",
      pg_catalog.row_security_active(relation.oid) as "hasRowSecurity",
      pg_catalog.has_schema_privilege(relnamespace, 'usage') as "mayUseSchema",
      pg_catalog.has_table_privilege(relation.oid, 'select') as "maySelect",
      pg_catalog.has_table_privilege(relation.oid, 'insert') as "mayInsert",
      pg_catalog.has_table_privilege(relation.oid, 'delete') as "mayDelete",
      coalesce((
        select option_value::int from pg_catalog.pg_options_to_table(reloptions) where option_name = 'fillfactor'
      ), 100) as "fillFactor",
      ${columnsJson} as columns, ${indexesJson} as indexes, ${triggersJson} as triggers
    from pg_catalog.pg_class as relation
    where relname = ${name} and relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${schema})
      and relkind in ('r', 'p', 'v', 'm', 'f')
  `.execute(db);
  return rows[0] ?? null;
}

const columnsJson = sql`(
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', attname, 'type', pg_catalog.format_type(atttypid, atttypmod), 'isEnum', typtype = 'e',
    'isNotNull', attnotnull, 'hasDefault', atthasdef or attidentity <> '', 'collation', collname,
'quotedName', pg_catalog.quote_ident(attname),
    'generatedAs', (
      select pg_catalog.pg_get_expr(adbin, adrelid) from pg_catalog.pg_attrdef
      where adrelid = attrelid and adnum = attnum and attgenerated <> ''
    ),
    'isGenerated', attgenerated <> '' or attidentity = 'a',
    'mayUpdate', pg_catalog.has_column_privilege(attrelid, attnum, 'update')
  )), '[]')
  from pg_catalog.pg_attribute join pg_catalog.pg_type on pg_type.oid = atttypid
    left join pg_catalog.pg_collation on pg_collation.oid = attcollation
  where attrelid = relation.oid and attnum > 0 and not attisdropped
)`;

const indexesJson = sql`(
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', indexrelid::regclass::text,
    'keys', array(
      select coalesce(attname, '') from pg_catalog.generate_series(0, indnkeyatts - 1) as place
        left join pg_catalog.pg_attribute on attrelid = indrelid and attnum = indkey[place] and attnum > 0
      order by place
    ),
    'columns', array(
      select distinct attname::text from pg_catalog.pg_depend
        join pg_catalog.pg_attribute on attrelid = refobjid and attnum = refobjsubid
      where classid = 'pg_catalog.pg_class'::regclass and objid = indexrelid
        and refclassid = 'pg_catalog.pg_class'::regclass and refobjid = indrelid and refobjsubid > 0
      union select attname::text from pg_catalog.pg_attribute where attrelid = indrelid and attnum > 0 and attnum = any (indkey)
    ),
    'predicate', pg_catalog.pg_get_expr(indpred, indrelid),
    'isUnique', indisunique and indimmediate and indpred is null
  )), '[]')
  from pg_catalog.pg_index where indrelid = relation.oid and indisvalid
)`;

/** Those of updates (16) and inserts (4), but for the ones of foreign keys. Bits: 1 each row, 2 before. */
const triggersJson = sql`(
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', tgname, 'isRow', tgtype & 1 <> 0, 'isBefore', tgtype & 2 <> 0
  ) order by tgname), '[]')
  from pg_catalog.pg_trigger
  where tgrelid = relation.oid and not tgisinternal and tgenabled in ('O', 'A') and tgtype & 20 <> 0
)`;
