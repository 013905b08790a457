import { assertKnownOptions, givenFunction } from '@gamekeeper/core/engine';
import { InvalidOptionError } from '@gamekeeper/core';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { requestOf } from './node-request.ts';

/** Handles a request, with the objects of the web standard. */
export type WebHandler = (request: Request) => Promise<Response>;

/** Options of {@link nodeListener}. */
export interface NodeListenerOptions {
  /**
   * Whether the handler sees the whole path of a request, although the framework takes off the path at which the
   * listener is mounted, as `app.use` of Express does. For handlers that know their base path, such as that of
   * `dashboard`. Default `false`.
   */
  readonly fullPath?: boolean;
}

/**
 * Returns a handler as a listener of `node:http` and its frameworks. Methods, paths, headers, bodies and responses are
 * passed on, streams of events part by part; a form that a framework has parsed already is passed on too.
 *
 * @throws {InvalidOptionError}
 * @example
 * createServer(nodeListener(healthHandler(host)));
 */
export function nodeListener(handle: WebHandler, options: NodeListenerOptions = {}): RequestListener {
  givenFunction('handle', handle, 'must be a handler such as healthHandler returns');
  assertKnownOptions('', options, ['fullPath']);
  const { fullPath = false } = options;
  if (typeof fullPath !== 'boolean')
    throw new InvalidOptionError('fullPath', fullPath, 'must be true or false');
  return (incoming, outgoing) => void answer(handle, incoming, outgoing, fullPath);
}

async function answer(
  handle: WebHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fullPath: boolean,
): Promise<void> {
  const request = requestOf(incoming, fullPath);
  const response = request ? await handle(request).catch(() => failure(500)) : failure(400);
  if (isStream(response)) return stream(response, outgoing);
  const body = await response.text().catch(() => '');
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(body);
}

/** Whether a response has no end that could be waited for. */
function isStream({ headers, body }: Response): boolean {
  return body !== null && headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** Sends each part of a body when it comes, until it ends or the client goes. */
async function stream({ status, headers, body }: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(status, Object.fromEntries(headers));
  outgoing.flushHeaders();
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  outgoing.once('close', () => void reader.cancel().catch(() => undefined));
  for (;;) {
    const part = await reader.read().catch(() => null);
    if (part === null || part.done || outgoing.destroyed) break;
    outgoing.write(part.value);
  }
  outgoing.end();
}

function failure(status: number): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
}
