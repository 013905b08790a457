import { SetupError } from '@gamekeeper/core';
import { isError } from '@gamekeeper/core/engine';
import { sqlState } from './failures.ts';
import { quoted } from './sql.ts';

/** Thrown when PostgreSQL rejects the login of this role, or the role does not exist. */
export class LoginRefusedError extends SetupError<'DATABASE_LOGIN_REFUSED'> {
  constructor(reason: string, advice: Advice) {
    super('DATABASE_LOGIN_REFUSED', `PostgreSQL refuses the login (${reason})`, advice);
  }
}

/** Thrown when the server has no database of this name. */
export class DatabaseMissingError extends SetupError<'DATABASE_MISSING'> {
  constructor(database: string) {
    super('DATABASE_MISSING', `The server has no database ${quoted(database)}`, {
      advice: 'correct the name in postgres.url, or create the database as a role with CREATEDB',
      fix: [`create database ${quoted(database)}`],
    });
  }
}

/** Thrown when the role lacks privileges that Gamekeeper needs. `fix` has the statements that grant them. */
export class GrantsMissingError extends SetupError<'GRANTS_MISSING'> {
  constructor(what: string, advice: { readonly advice: string; readonly fix: readonly string[] }) {
    super('GRANTS_MISSING', what, advice);
  }
}

/** The role and the database of a connection attempt. */
export interface Login {
  readonly role: string;
  readonly database: string;
}

/**
 * Returns the error for a rejected login, or `null` if the error is about something else. It does not keep its cause:
 * the driver's errors are pages long.
 *
 * @param login role and database, for messages in which the server does not name them
 */
export function asLoginError(error: unknown, login: Partial<Login> = {}): SetupError | null {
  for (let cause = error; isError(cause); cause = cause.cause) {
    const refusal = refusalIn(cause, login);
    if (refusal) return refusal;
  }
  return null;
}

/** Whether a statement failed because its role lacks a privilege. */
export function isPermissionDenied(error: unknown): boolean {
  return sqlState(error) === '42501';
}

function refusalIn(error: Error, login: Partial<Login>): SetupError | null {
  const named = namesIn(error.message);
  const role = quoted(login.role ?? named.role ?? '<role>');
  const database = login.database ?? named.database ?? '<database>';
  const code = sqlState(error);
  if (code === '28P01') return new LoginRefusedError(error.message, passwordAdvice(role));
  if (code === '28000') return new LoginRefusedError(error.message, loginAdvice(error.message, role));
  if (code === '3D000') return new DatabaseMissingError(database);
  // Only during login: later, this code is about objects of a schema.
  if (code === '42501' && /database/.test(error.message)) {
    return new GrantsMissingError(`The role ${role} may not connect to the database ${quoted(database)}`, {
      advice: 'run as the owner of the database or a superuser',
      fix: [`grant connect on database ${quoted(database)} to ${role}`],
    });
  }
  // The driver's own error, without a code.
  if (!/client password must be a string/.test(error.message)) return null;
  return new LoginRefusedError('the server requires a password, and none is set', {
    advice: `set the password of the role ${role} in postgres.url`,
  });
}

/** The advice for a failed login, and the statements that fix it. */
interface Advice {
  readonly advice: string;
  readonly fix?: readonly string[];
}

/** PostgreSQL gives the same error for a missing role as for a wrong password. */
function passwordAdvice(role: string): Advice {
  return {
    advice:
      'correct user and password in postgres.url, or set the password as a superuser (if the role is missing, create it first: PostgreSQL gives the same error for both)',
    fix: [`alter role ${role} login password '…'`],
  };
}

/** PostgreSQL has three reasons for 28000 that differ only in their text. */
function loginAdvice(reason: string, role: string): Advice {
  const advice = 'run as a role with CREATEROLE';
  if (/does not exist/.test(reason)) return { advice, fix: [`create role ${role} login password '…'`] };
  if (/not permitted to log in/.test(reason)) return { advice, fix: [`alter role ${role} login`] };
  return {
    advice: `check that the role ${role} exists and has LOGIN, and that pg_hba.conf allows it from this address (if that entry requires TLS, add "?sslmode=require" to postgres.url)`,
  };
}

/** Returns the role and database that the message names, if it is in English. */
function namesIn(message: string): Partial<Login> {
  const role = /(?:role|user) "([^"]+)"/.exec(message)?.[1];
  const database = /database "([^"]+)"/.exec(message)?.[1];
  return { ...(role !== undefined && { role }), ...(database !== undefined && { database }) };
}
