import type { AbortSignalLike } from '@gamekeeper/core/ports';
import { AlertNotDeliveredError, codeOf } from '../alert-not-delivered-error.ts';
import { retryAfterMs } from './retry-after.ts';

/** One request: URL, headers and body. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * POSTs an alert. Redirects are not followed: they would send headers with secrets to another server.
 *
 * @throws {AlertNotDeliveredError} naming the status, or the code of the error
 */
export async function post(
  channel: string,
  { url, ...request }: Post,
  signal: AbortSignalLike,
): Promise<void> {
  const platformSignal = signal as AbortSignal;
  let answer: Response;
  try {
    answer = await fetch(url, { ...request, method: 'POST', redirect: 'manual', signal: platformSignal });
  } catch (failure) {
    // Without the cause: it may repeat the URL or a header.
    throw new AlertNotDeliveredError(channel, problemOf(failure, signal));
  }
  // The body is not needed, and may never end.
  await answer.body?.cancel().catch(() => undefined);
  if (answer.ok) return;
  const retryInMs = retryAfterMs(answer, Date.now());
  throw new AlertNotDeliveredError(channel, `the server responded with ${answer.status}`, retryInMs);
}

function problemOf(failure: unknown, { aborted }: AbortSignalLike): string {
  if (aborted) return 'the server did not respond in time';
  const code = codeOf(failure);
  return `the server cannot be reached${code === null ? '' : ` (${code})`}; check the URL and headers`;
}
