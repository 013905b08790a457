import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** What frameworks add to a request. */
interface FrameworkMessage extends IncomingMessage {
  /** The path before a framework took off the part of a mount. */
  readonly originalUrl?: unknown;
  /** The body, if a framework has parsed it. */
  readonly body?: unknown;
}

const messages = new WeakMap<Request, IncomingMessage>();

/**
 * Returns the request of `node:http` that {@link nodeListener} made a request of the web standard from: for what a
 * framework has added to it, such as a user. `null` for any other request.
 *
 * @example
 * access: (request) => (incomingMessageOf(request)?.user?.isAdmin ? 'actions' : 'none');
 */
export function incomingMessageOf(request: Request): IncomingMessage | null {
  return messages.get(request) ?? null;
}

/** Returns `null` for requests that the web standard does not allow, such as `TRACE` or `OPTIONS *`. */
export function requestOf(incoming: FrameworkMessage, fullPath: boolean): Request | null {
  const { method = 'GET', url = '/', originalUrl } = incoming;
  const path = fullPath && typeof originalUrl === 'string' ? originalUrl : url;
  const base = `http://${incoming.headers.host ?? 'localhost'}`;
  try {
    // A path such as `//other` must not be taken for a host.
    const address = new URL(
      path.startsWith('/') ? (URL.canParse(base) ? base : 'http://localhost') + path : path,
      'http://localhost',
    );
    const request = new Request(address, {
      method,
      headers: headersOf(incoming),
      ...(method !== 'GET' && method !== 'HEAD' && bodyOf(incoming)),
    });
    messages.set(request, incoming);
    return request;
  } catch {
    return null;
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) headers.append(name, value);
  return headers;
}

type BodyInit = { readonly body: ReadableStream | string; readonly duplex: 'half' };

function bodyOf(incoming: FrameworkMessage): BodyInit {
  const { body } = incoming;
  if (!incoming.readableDidRead || !isForm(body)) return { body: Readable.toWeb(incoming), duplex: 'half' };
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(body))
    for (const one of [value].flat()) fields.append(name, String(one));
  return { body: fields.toString(), duplex: 'half' };
}

function isForm(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && !(body instanceof Uint8Array);
}
