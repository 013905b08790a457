import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HealthHandler } from './health-handler.ts';

/**
 * A handler as `node:http` and its frameworks call it. Methods, paths, `Accept` and answers are passed on; bodies of requests
 * are not, since no handler of health reads one.
 *
 * @example
 * createServer(nodeListener(healthHandler(host)));
 */
export function nodeListener(handle: HealthHandler): RequestListener {
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

/** `null` for what the web standard knows no request for, such as `TRACE` or `OPTIONS *`. */
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
