import { SetupError } from '@gamekeeper/core';
import { sqlState } from './failures.ts';
import { quoted } from './sql.ts';

/** PostgreSQL answered and does not let this role log in, or has no such role. */
export class LoginRefusedError extends SetupError<'DATABASE_LOGIN_REFUSED'> {
  constructor(reason: string, advice: Advice) {
    super('DATABASE_LOGIN_REFUSED', `PostgreSQL refuses the login (${reason})`, advice);
  }
}

/** There is no database of this name on the server. */
export class DatabaseMissingError extends SetupError<'DATABASE_MISSING'> {
  constructor(database: string) {
    super('DATABASE_MISSING', `The server has no database ${quoted(database)}`, {
      advice: 'correct the name in postgres.url, or create it as a role that may',
      fix: [`create database ${quoted(database)}`],
    });
  }
}

/** The role lacks rights that Gamekeeper needs. `fix` holds the statements that grant them. */
export class GrantsMissingError extends SetupError<'GRANTS_MISSING'> {
  constructor(what: string, advice: { readonly advice: string; readonly fix: readonly string[] }) {
    super('GRANTS_MISSING', what, advice);
  }
}

/** As whom, and to what, a connection was tried. */
export interface Login {
  readonly role: string;
  readonly database: string;
}

/**
 * What an error says of a login that was refused, or `null` when it says nothing of the kind. The errors do not keep
 * their cause: the driver's are pages long.
 *
 * @param login as whom and to what, for what the server does not name
 */
export function asLoginError(error: unknown, login: Partial<Login> = {}): SetupError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const refusal = refusalIn(cause, login);
    if (refusal) return refusal;
  }
  return null;
}

/** Whether a statement was refused because its role lacks a right. */
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
  // While logging in; later, the objects of a schema are refused.
  if (code === '42501' && /database/.test(error.message)) {
    return new GrantsMissingError(`The role ${role} may not connect to the database ${quoted(database)}`, {
      advice: 'run as the owner of the database or a superuser',
      fix: [`grant connect on database ${quoted(database)} to ${role}`],
    });
  }
  // The driver's own, without a code.
  if (!/client password must be a string/.test(error.message)) return null;
  return new LoginRefusedError('it asks for a password, and there is none', {
    advice: `put the password of the role ${role} into postgres.url`,
  });
}

/** What can be done about a login, and the statements that do it. */
interface Advice {
  readonly advice: string;
  readonly fix?: readonly string[];
}

/** PostgreSQL answers for an unknown role as for a wrong password. */
function passwordAdvice(role: string): Advice {
  return {
    advice:
      'correct role and password in postgres.url, or set the password as a role that may (create the role first where there is none: PostgreSQL does not say which of both it is)',
    fix: [`alter role ${role} login password '…'`],
  };
}

/** The three reasons that PostgreSQL has for 28000 are told apart by its words alone. */
function loginAdvice(reason: string, role: string): Advice {
  const advice = 'run as a role that may make roles';
  if (/does not exist/.test(reason)) return { advice, fix: [`create role ${role} login password '…'`] };
  if (/not permitted to log in/.test(reason)) return { advice, fix: [`alter role ${role} login`] };
  return {
    advice: `see that the role ${role} exists and may log in, and that pg_hba.conf has a line that lets it in from here (add "?sslmode=require" to postgres.url where that line asks for TLS)`,
  };
}

/** What the server names, where its messages are in English. */
function namesIn(message: string): Partial<Login> {
  const role = /(?:role|user) "([^"]+)"/.exec(message)?.[1];
  const database = /database "([^"]+)"/.exec(message)?.[1];
  return { ...(role !== undefined && { role }), ...(database !== undefined && { database }) };
}
