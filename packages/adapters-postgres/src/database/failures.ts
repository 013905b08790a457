import { StoreUnavailableError } from '@gamekeeper/core';

/** SQLSTATE classes and Node errors that say "not now" rather than "not like this". */
const UNAVAILABLE =
  /^(?:08\w{3}|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** What `pg` and PGlite say, without a code, of a connection that is gone. */
const UNAVAILABLE_MESSAGE =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|client has encountered a connection error|is not queryable|is closed|already been destroyed|after calling end on the pool/i;

/**
 * Turns a driver's error about the connection into {@link StoreUnavailableError}; gives back every other as it is. Only
 * for what a statement of ours threw: a job's own code may have lost a connection to something else.
 */
export function explained(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StoreUnavailableError) return cause;
    const code = sqlState(cause);
    if ((code && UNAVAILABLE.test(code)) || UNAVAILABLE_MESSAGE.test(cause.message)) {
      return new StoreUnavailableError('PostgreSQL', error);
    }
  }
  return error;
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
