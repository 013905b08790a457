import { StoreUnavailableError } from '@gamekeeper/core';

/** Node's codes for "not now". */
const UNAVAILABLE =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** What ioredis says, without a code, of a connection that is gone, and Redis of itself while it cannot serve. */
const UNAVAILABLE_MESSAGE =
  /connection is closed|max retries per request|command timed out|stream isn't writeable|due to connection close|^(?:LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|NOREPLICAS|OOM|MISCONF|BUSY) /i;

/** Turns an error about the connection into {@link StoreUnavailableError}; gives back every other as it is. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const unavailable = UNAVAILABLE.test(code) || UNAVAILABLE_MESSAGE.test(error.message);
  return unavailable ? new StoreUnavailableError('Redis', error) : error;
}

/** Whether the server answered, and its answer was no. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
