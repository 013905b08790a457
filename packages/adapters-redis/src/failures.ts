import { StoreUnavailableError } from '@gamekeeper/core';
import { isError } from '@gamekeeper/core/engine';

/** Node's error codes for a temporary connection problem. */
const UNAVAILABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN)$/;

/** ioredis' messages, without a code, for a lost connection. */
const LOST =
  /connection is closed|max retries per request|command timed out|stream isn't writeable|due to connection close|failed to refresh slots cache|all sentinels are unreachable/i;

/**
 * Replies by which Redis is temporarily unable to serve, by their first word, and the remedy for an operator. Players
 * must not notice any of these.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  LOADING: 'it is loading its data after a start; wait',
  MASTERDOWN: 'it is a replica without its primary; see replication',
  CLUSTERDOWN: 'slots of the cluster have no server; see CLUSTER INFO',
  TRYAGAIN: 'slots of the cluster are being moved; wait',
  READONLY: 'it is a replica now; the address in the options must be that of the primary',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write requires',
  OOM: 'its memory is full; raise maxmemory or choose an eviction policy',
  MISCONF: 'it cannot save its data and rejects writes; see its log and its disk',
  BUSY: 'a script blocks it; see SCRIPT KILL',
  NOPERM:
    'its ACL does not permit this command for the user; see ACL LOG for the command, and allow it with ACL SETUSER',
  NOAUTH: 'it requires a password; set it in the options (such as redis.url)',
  WRONGPASS: 'user or password is wrong; set the right ones in the options (such as redis.url)',
};

const REPLY = new RegExp(`^(${Object.keys(REMEDIES).join('|')})\\b`);

/** Redis 6.2 wraps the error of a command inside a script in its own message. */
const REPLY_IN_SCRIPT = new RegExp(`^ERR Error running script.* -(${Object.keys(REMEDIES).join('|')}) `);
/** Every version reports ACL errors inside scripts without the word NOPERM. */
const REFUSED_IN_SCRIPT = /user executing the script can't (?:run|access)/i;
/** With these replies at the opening of a connection, the options are wrong; waiting does not help. */
const REFUSALS: readonly string[] = ['NOPERM', 'NOAUTH', 'WRONGPASS'];

/**
 * Returns {@link StoreUnavailableError} for an error of the connection, or of a server that temporarily cannot serve;
 * its message has the remedy. Returns any other error unchanged.
 */
export function asUnavailable(error: unknown): unknown {
  if (!isError(error) || error instanceof StoreUnavailableError) return error;
  const why = cannotServe(error);
  if (why) return new StoreUnavailableError('Redis', withRemedy(why.reply, REMEDIES[why.word]!));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return UNAVAILABLE.test(code) || LOST.test(error.message)
    ? new StoreUnavailableError('Redis', error)
    : error;
}

/** Whether the server rejected the command for a permanent reason. */
export function isRefusal(error: unknown): error is Error {
  if (!isError(error) || error.name !== 'ReplyError') return false;
  const why = cannotServe(error);
  return why === null || REFUSALS.includes(why.word);
}

/** Whether the server is a replica now. Its address may belong to the new primary, so a new connection is needed. */
export function isReadOnly(error: unknown): boolean {
  return isError(error) && cannotServe(error)?.word === 'READONLY';
}

/** Returns the error reply and its first word. A transaction fails with the errors of its commands. */
function cannotServe(error: Error): { readonly reply: Error; readonly word: string } | null {
  const told = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : [];
  for (const reply of [error, ...(told as unknown[])]) {
    if (!isError(reply)) continue;
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

/** Without the reply itself: ioredis keeps the command in it, and with it the written values. */
function withRemedy({ message }: Error, remedy: string): Error {
  return new Error(`${message.replace(/\.$/, '')}: ${remedy}`);
}
