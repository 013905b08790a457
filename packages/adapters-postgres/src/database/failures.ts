import { StoreUnavailableError } from '@gamekeeper/core';
import { isError } from '@gamekeeper/core/engine';

/**
 * SQLSTATE codes for a temporary problem: connection lost (08), a session that the server ends (25P03, 25P04, 57P), no
 * resources (53), no disk (58030), and a read-only server, such as a replica (25006). Not 57014, a statement ended by
 * the host's own timeout: a batch that took too long is divided.
 */
const UNAVAILABLE = /^(?:08\w{3}|25006|25P0[34]|53\w{3}|57P0[1-5]|58030)$/;

/** Node's error codes for the same. */
const UNREACHABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ERR_SOCKET_CLOSED|ERR_STREAM_DESTROYED)$/;

/** Messages of `pg` and PGlite, without a code, for a lost connection. */
const LOST =
  /connection terminated|connection timeout|query read timeout|timeout exceeded when trying to connect|client has encountered a connection error|is not queryable|is closed|already been destroyed|after calling end on the pool/i;

const READ_ONLY = '25006';

/**
 * Returns {@link StoreUnavailableError} for a driver's error about the connection, or about a server that temporarily
 * cannot serve; returns any other error unchanged. Use it only for our own statements: a job's own code may have lost
 * another connection.
 */
export function asUnavailable(error: unknown): unknown {
  for (let cause = error; isError(cause); cause = cause.cause) {
    if (cause instanceof StoreUnavailableError) return cause;
    if (isReadOnly(cause)) return new StoreUnavailableError('PostgreSQL', readOnly(cause));
    if (UNAVAILABLE.test(sqlState(cause) ?? '') || isLost(cause)) {
      return new StoreUnavailableError('PostgreSQL', error);
    }
  }
  return error;
}

/** Whether a connection cannot be used any more after this error. */
export function endsConnection(error: unknown): boolean {
  return /^(?:08\w{3}|25006|25P0[34]|57P0[1-5])$/.test(sqlState(error) ?? '') || isLost(error);
}

/**
 * Whether the server is read-only: after a failover the address leads to the new primary, but only for new connections.
 */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === READ_ONLY;
}

/**
 * Returns the SQLSTATE of a database error, or the code of a system error; errors of both drivers and of the ORM have
 * it.
 */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a row with the same key exists. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

function isLost(error: unknown): boolean {
  if (!isError(error)) return false;
  const code = sqlState(error) ?? '';
  // Errors of the server have a code of five characters; their text may come from a trigger or a player.
  if (/^[\dA-Z]{5}$/.test(code) && code !== 'EPIPE') return false;
  // A missing Unix socket means that its server does not run.
  const isUnconnected = 'syscall' in error && error.syscall === 'connect';
  return isUnconnected || UNREACHABLE.test(code) || LOST.test(error.message);
}

function readOnly(cause: Error): Error {
  const message = `${cause.message}: the server is a replica or in a read-only phase; if that lasts, check that the address in the options is that of the primary`;
  return new Error(message, { cause });
}
