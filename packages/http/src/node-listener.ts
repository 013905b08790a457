import { givenFunction } from '@gamekeeper/core/engine';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HealthHandler } from './health-handler.ts';

/**
 * Returns a handler as a listener of `node:http` and its frameworks. Methods, paths, `Accept` and responses are passed
 * on; request bodies are not, since no health handler reads one.
 *
 * @throws {InvalidOptionError}
 * @example
 * createServer(nodeListener(healthHandler(host)));
 */
export function nodeListener(handle: HealthHandler): RequestListener {
  givenFunction('handle', handle, 'must be what healthHandler returns');
  return (incoming, outgoing) => void answer(handle, incoming, outgoing);
}

async function answer(
  handle: HealthHandler,
  { method = 'GET', url = '/', headers: { accept = '*/*' } }: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = requestOf(method, url, accept);
  const response = request ? await handle(request).catch(() => failure(500)) : failure(400);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(await response.text());
}

/** Returns `null` for requests that the web standard does not allow, such as `TRACE` or `OPTIONS *`. */
function requestOf(method: string, url: string, accept: string): Request | null {
  try {
    return new Request(new URL(url, 'http://localhost'), { method, headers: { accept } });
  } catch {
    return null;
  }
}

function failure(status: number): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
}
