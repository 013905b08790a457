import type { Heartbeat } from '@gamekeeper/core/engine';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Returns a heartbeat that fetches a URL while everything is healthy. Its errors do not name the URL, which may contain
 * a token.
 */
export function httpHeartbeat(url: string): Heartbeat {
  return {
    beat: async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }).catch(
        (error: unknown) => {
          throw new Error(`the heartbeat URL cannot be reached (${reasonOf(error)})`);
        },
      );
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the heartbeat URL responded with ${answer.status}`);
    },
  };
}

/** Returns the code of an error: the message of a failed fetch may contain the URL. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}
