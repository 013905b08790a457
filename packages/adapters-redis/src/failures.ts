import { StoreUnavailableError } from '@gamekeeper/core';

/** Node's codes for "not now". */
const UNAVAILABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN)$/;

/** What ioredis says, without a code, of a connection that is gone. */
const LOST =
  /connection is closed|max retries per request|command timed out|stream isn't writeable|due to connection close|failed to refresh slots cache|all sentinels are unreachable/i;

/**
 * Why Redis cannot serve us at the moment, by the word that its reply begins with, and what an operator can do about it.
 * Somebody who plays must not notice any of these.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  LOADING: 'it is reading its data after a start, wait',
  MASTERDOWN: 'it is a replica without its primary; see replication',
  CLUSTERDOWN: 'slots of the cluster have no server; see CLUSTER INFO',
  TRYAGAIN: 'slots of the cluster are being moved, wait',
  READONLY: 'it is a replica now; the address in the options must lead to the primary',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write asks for',
  OOM: 'its memory is full; raise maxmemory or choose an eviction policy',
  MISCONF: 'it cannot save its data and takes no writes; see its log and its disk',
  BUSY: 'a script keeps it busy; see SCRIPT KILL',
  NOPERM:
    'its ACL does not let this user do that; see ACL LOG for what was refused, and allow it by ACL SETUSER',
  NOAUTH: 'it wants a password; give it in the options (such as redis.url)',
  WRONGPASS: 'user or password are wrong; give the new ones in the options (such as redis.url)',
};

const REPLY = new RegExp(`^(${Object.keys(REMEDIES).join('|')})\\b`);

/** Redis 6.2 tells what a command in a script was told behind words of its own. */
const REPLY_IN_SCRIPT = new RegExp(`^ERR Error running script.* -(${Object.keys(REMEDIES).join('|')}) `);
/** And every version tells without the word what its ACL does not let a script do. */
const REFUSED_IN_SCRIPT = /user executing the script can't (?:run|access)/i;
/** Of these it is the options that are wrong, when a connection is opened; waiting does not help. */
const REFUSALS: readonly string[] = ['NOPERM', 'NOAUTH', 'WRONGPASS'];

/**
 * Turns an error of which the cause is a connection, or a server that cannot serve us at the moment, into
 * {@link StoreUnavailableError}, whose message says what an operator can do; gives back every other as it is.
 */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  const why = cannotServe(error);
  if (why) return new StoreUnavailableError('Redis', withRemedy(why.reply, REMEDIES[why.word]!));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return UNAVAILABLE.test(code) || LOST.test(error.message)
    ? new StoreUnavailableError('Redis', error)
    : error;
}

/** Whether the server answered, and its answer was no, for a reason that does not pass by itself. */
export function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return false;
  const why = cannotServe(error);
  return why === null || REFUSALS.includes(why.word);
}

/** Whether the server is a replica now: its address may lead to the new primary, so a connection has to be made anew. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && cannotServe(error)?.word === 'READONLY';
}

/** The reply that says so, and its word. A transaction is refused for what one of its commands was told. */
function cannotServe(error: Error): { readonly reply: Error; readonly word: string } | null {
  const told = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : [];
  for (const reply of [error, ...(told as unknown[])]) {
    if (!(reply instanceof Error)) continue;
    const word = wordOf(reply.message);
    if (word !== null) return { reply, word };
  }
  return null;
}

function wordOf(message: string): string | null {
  const [, word] = REPLY.exec(message) ?? REPLY_IN_SCRIPT.exec(message) ?? [];
  if (word !== undefined) return word;
  return REFUSED_IN_SCRIPT.test(message) ? 'NOPERM' : null;
}

/** Without the reply itself: ioredis keeps the command in it, and with it what was written. */
function withRemedy({ message }: Error, remedy: string): Error {
  return new Error(`${message.replace(/\.$/, '')}: ${remedy}`);
}
