import { SchemaOutdatedError, type SetupError } from '@gamekeeper/core';
import { isGamekeeperTable, missingGrants } from './missing-grants.ts';
import type { Sql } from './postgres-transaction.ts';
import { readAccess, type Access } from './read-access.ts';
import { GrantsMissingError } from './access-errors.ts';
import {
  SchemaTooNewError,
  isTooNew,
  readVersion,
  emptySchemaVersion,
  type SchemaVersion,
} from './schema-version.ts';
import { quoted } from './sql.ts';

/** A schema as a role sees it: its version, and what the role may do. */
export interface SchemaSetup {
  readonly access: Access;
  /** `null` if the role may not read it. */
  readonly version: SchemaVersion | null;
}

/** Reads the state of a schema without changing or locking anything. */
export async function readSetup(db: Sql, schema: string): Promise<SchemaSetup> {
  const access = await readAccess(db, schema);
  const table = (name: string) => access.tables.find((one) => one.name === name);
  const migrations = table('gamekeeper_migrations');
  if (!migrations) return { access, version: emptySchemaVersion() };
  const compatibility = table('schema_compatibility');
  const unreadable = [migrations, compatibility].some((one) => one?.missing.includes('select'));
  if (!access.mayUse || unreadable) return { access, version: null };
  return { access, version: await readVersion(db, schema, compatibility !== undefined) };
}

/**
 * Returns why a host cannot use a schema, or `null` if it can, possibly after migrating it.
 *
 * @param migrates whether the host may migrate, if its role may
 */
export function setupProblem(setup: SchemaSetup, migrates: boolean): SetupError | null {
  return versionProblem(setup, migrates) ?? grantsProblem(setup);
}

/**
 * Returns the error for a schema that is too new or too old. If the role cannot read it, only its privileges can be
 * checked.
 */
export function versionProblem({ access, version }: SchemaSetup, migrates: boolean): SetupError | null {
  if (version === null) return null;
  if (isTooNew(version)) return new SchemaTooNewError(access.schema, version);
  if (version.pending.length === 0) return null;
  if (migrates) return migrationProblem(access, version.pending);
  const reason = 'this host must not migrate (migrate: false)';
  return outdated(access, version.pending, reason);
}

/** Returns the error for missing privileges on existing objects. */
export function grantsProblem({ access }: SchemaSetup): SetupError | null {
  const { missing, statements } = missingGrants(access);
  if (missing.length === 0) return null;
  const { role, schema, database, owner } = access;
  const where = `in the schema ${quoted(schema)} of the database ${quoted(database)}`;
  return new GrantsMissingError(
    `The role ${quoted(role)} lacks privileges ${where} (${missing.join('; ')})`,
    {
      advice: `run as ${quoted(owner ?? '<owner>')} or a superuser`,
      fix: statements,
    },
  );
}

function migrationProblem(access: Access, pending: readonly string[]): SetupError | null {
  const { role, database, schema, owner } = access;
  if (owner === null) {
    if (access.mayCreateSchema) return null;
    const what = `The role ${quoted(role)} may not create the schema ${quoted(schema)} in the database ${quoted(database)}`;
    return new GrantsMissingError(what, {
      advice: 'run as the owner of the database or a superuser',
      fix: [`grant create on database ${quoted(database)} to ${quoted(role)}`],
    });
  }
  if (access.mayCreate && access.tables.every(({ name, isOwner }) => isOwner || !isGamekeeperTable(name)))
    return null;
  return outdated(access, pending, `the role ${quoted(role)} may not alter the schema`);
}

function outdated({ schema, owner }: Access, pending: readonly string[], reason: string): SetupError {
  const as = owner === null ? {} : { as: quoted(owner) };
  return new SchemaOutdatedError(`the schema ${quoted(schema)}`, pending, { reason, ...as });
}
