import { gamekeeperEntities } from '../entities/index.ts';
import type { Access, TablePrivilege } from './read-access.ts';
import { quoted } from './sql.ts';

/** The tables that a host works with. */
const HOST_TABLES = new Set(gamekeeperEntities.map(({ meta }) => meta.tableName));
/** Those that only tests and migrations change. */
const READ_ONLY = ['gamekeeper_migrations', 'pinned_clock', 'schema_compatibility'];
const FUNCTIONS = ['clock'];

/** Whether a table of our schema is Gamekeeper's; the host may have its own beside them. */
export function isGamekeeperTable(table: string): boolean {
  return HOST_TABLES.has(table) || READ_ONLY.includes(table);
}

/** What a role lacks to run a host on tables that are there. */
export interface MissingGrants {
  /** Each right in words: `update on lives`. Empty when nothing is missing. */
  readonly missing: readonly string[];
  /** The statements that grant them, for the owner of the tables. */
  readonly statements: readonly string[];
}

/** A right in words, and the statement that grants it but for its "grant" and "to". */
interface Grant {
  readonly words: string;
  readonly sql: string;
}

/** From this number on, tables are counted and not named. */
const MANY = 5;

/** Which rights a role lacks to run jobs and play. Migrating takes more. */
export function missingGrants(access: Access): MissingGrants {
  const { role, schema, owner, mayUse, functions } = access;
  const inSchema = quoted(schema);
  const usage = { words: `usage of the schema ${inSchema}`, sql: `usage on schema ${inSchema}` };
  const execute = (name: string): Grant => ({
    words: `execute on ${name}()`,
    sql: `execute on function ${inSchema}.${quoted(name)}()`,
  });
  const grants = [
    ...(owner !== null && !mayUse ? [usage] : []),
    ...tableGrants(access),
    ...functions
      .filter(({ name, mayExecute }) => FUNCTIONS.includes(name) && !mayExecute)
      .map(({ name }) => execute(name)),
  ];
  return {
    missing: grants.map(({ words }) => words),
    statements: grants.map(({ sql }) => `grant ${sql} to ${quoted(role)}`),
  };
}

function tableGrants({ schema, tables }: Access): readonly Grant[] {
  const lacking = grouped(tables);
  const all = 'select, insert, update, delete';
  // A role that was granted nothing yet gets one short statement; in a schema that is shared with the host, an exact one.
  if (lacking.get(all)?.length === HOST_TABLES.size && tables.every(({ name }) => isGamekeeperTable(name))) {
    return [{ words: `${all} on all tables`, sql: `${all} on all tables in schema ${quoted(schema)}` }];
  }
  return [...lacking].map(([rights, names]) => ({
    words: `${rights} on ${names.length < MANY ? names.join(', ') : `${names.length} tables`}`,
    sql: `${rights} on ${names.map((name) => `${quoted(schema)}.${quoted(name)}`).join(', ')}`,
  }));
}

/** Tables by the rights that they need and that are missing, so that one statement grants what several lack. */
function grouped(tables: Access['tables']): ReadonlyMap<string, readonly string[]> {
  const byRights = new Map<string, string[]>();
  for (const { name, missing } of tables) {
    const rights = missing.filter((right) => isNeeded(name, right)).join(', ');
    if (rights === '') continue;
    byRights.set(rights, [...(byRights.get(rights) ?? []), name]);
  }
  return byRights;
}

function isNeeded(table: string, right: TablePrivilege): boolean {
  return HOST_TABLES.has(table) || (right === 'select' && READ_ONLY.includes(table));
}
