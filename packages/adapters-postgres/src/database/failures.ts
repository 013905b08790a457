import { StoreUnavailableError } from '@gamekeeper/core';

/**
 * SQLSTATE codes that say "not now" rather than "not like this": connection lost (08), a session that the server ends
 * (25P03, 25P04, 57P), no resources (53), no disk (58030), and a server that takes no writes because it is a replica now
 * or in a read-only phase (25006). A statement that a time limit of the host's own ended (57014) is none of them: a
 * batch that took too long is divided.
 */
const UNAVAILABLE = /^(?:08\w{3}|25006|25P0[34]|53\w{3}|57P0[1-5]|58030)$/;

/** Node's codes for the same. */
const UNREACHABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ERR_SOCKET_CLOSED|ERR_STREAM_DESTROYED)$/;

/** What `pg` and PGlite say, without a code, of a connection that is gone. */
const LOST =
  /connection terminated|connection timeout|query read timeout|timeout exceeded when trying to connect|client has encountered a connection error|is not queryable|is closed|already been destroyed|after calling end on the pool/i;

const READ_ONLY = '25006';

/**
 * Turns a driver's error about the connection, or a server that cannot serve us at the moment, into
 * {@link StoreUnavailableError}; gives back every other as it is. Only for what a statement of ours threw: a job's own
 * code may have lost a connection to something else.
 */
export function asUnavailable(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StoreUnavailableError) return cause;
    if (isReadOnly(cause)) return new StoreUnavailableError('PostgreSQL', readOnly(cause));
    if (UNAVAILABLE.test(sqlState(cause) ?? '') || isLost(cause)) {
      return new StoreUnavailableError('PostgreSQL', error);
    }
  }
  return error;
}

/** Whether a connection is of no more use after such an error: no statement on it will fare better. */
export function endsConnection(error: unknown): boolean {
  return /^(?:08\w{3}|25006|25P0[34]|57P0[1-5])$/.test(sqlState(error) ?? '') || isLost(error);
}

/** Whether the server takes no writes: after a failover the address leads elsewhere, for new connections only. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === READ_ONLY;
}

/** The SQLSTATE of a database error, or the code of a system one; both drivers and the ORM's classes carry it. */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a row was refused because one with the same key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlState(error) ?? '';
  // What the server says has a code of five; its words may be a trigger's or a player's.
  if (/^[\dA-Z]{5}$/.test(code) && code !== 'EPIPE') return false;
  // A socket in the file system that is not there belongs to a server that is not there.
  const isUnconnected = 'syscall' in error && error.syscall === 'connect';
  return isUnconnected || UNREACHABLE.test(code) || LOST.test(error.message);
}

function readOnly(cause: Error): Error {
  const message = `${cause.message}: the server is a replica or in a read-only phase; if that lasts, see that the address in the options leads to the primary`;
  return new Error(message, { cause });
}
