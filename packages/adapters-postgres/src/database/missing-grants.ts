import { gamekeeperEntities } from '../entities/index.ts';
import type { Access, TablePrivilege } from './read-access.ts';
import { quoted } from './sql.ts';

/** The tables that a host uses. */
const HOST_TABLES = new Set(gamekeeperEntities.map(({ meta }) => meta.tableName));
/** Views, and tables that only tests and migrations write. */
const READ_ONLY = [
  'gamekeeper_migrations',
  'leaderboard_archive',
  'outbox_events',
  'pinned_clock',
  'schema_compatibility',
];
const FUNCTIONS = ['clock'];

/** Whether a table in our schema is Gamekeeper's; the host may have its own tables there. */
export function isGamekeeperTable(table: string): boolean {
  return HOST_TABLES.has(table) || READ_ONLY.includes(table);
}

/** The privileges that a role lacks to run a host on existing tables. */
export interface MissingGrants {
  /** Each privilege as text: `update on lives`. Empty if nothing is missing. */
  readonly missing: readonly string[];
  /** The statements that grant them, for the owner of the tables. */
  readonly statements: readonly string[];
}

/** A privilege as text, and the part of its SQL between "grant" and "to". */
interface Grant {
  readonly words: string;
  readonly sql: string;
}

/** From this number on, tables are counted instead of named. */
const MANY = 5;

/** Returns the privileges that a role lacks to run jobs and serve players. Migrations need more. */
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
  // If the role has no privileges at all, grant on all tables in one statement; in a schema shared with the host, name
  // each table.
  if (lacking.get(all)?.length === HOST_TABLES.size && tables.every(({ name }) => isGamekeeperTable(name))) {
    return [{ words: `${all} on all tables`, sql: `${all} on all tables in schema ${quoted(schema)}` }];
  }
  return [...lacking].map(([rights, names]) => ({
    words: `${rights} on ${names.length < MANY ? names.join(', ') : `${names.length} tables`}`,
    sql: `${rights} on ${names.map((name) => `${quoted(schema)}.${quoted(name)}`).join(', ')}`,
  }));
}

/** Groups tables by their missing privileges, so that one statement grants the same ones on several tables. */
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
