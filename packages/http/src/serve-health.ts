import { GamekeeperError, InvalidOptionError } from '@gamekeeper/core';
import {
  givenFunction,
  givenObject,
  requiredOptions,
  storableText,
  wholeNumber,
} from '@gamekeeper/core/engine';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { hostHeaderCheck } from './allowed-hosts.ts';
import { healthHandler, type HealthHandlerOptions } from './health-handler.ts';
import type { HealthSource } from './health-source.ts';
import { nodeListener, type WebHandler } from './node-listener.ts';

/** Options of {@link serveHealth}. */
export interface ServeHealthOptions extends HealthHandlerOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** The address to listen at. Default `127.0.0.1`: reachable only from this machine. */
  readonly hostname?: string;
  /**
   * Names without ports that the header `Host` may have, in addition to those of this machine. Default: none at a
   * loopback address, so that no web page reaches the server through its own name; at another address: every name.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Other handlers of the web standard, by the path below which each gets every request, such as `{ '/dashboard':
   * dashboard(host, { basePath: '/dashboard' }) }`.
   */
  readonly handlers?: Readonly<Record<string, WebHandler>>;
}

/** A server for the health of a host. It keeps the process alive until it is closed. */
export interface HealthServer {
  /** The address where it listens, such as `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Stops listening and closes open connections immediately, including requests in progress. Safe to call twice. */
  close(): Promise<void>;
}

/** Thrown when a server cannot listen at its address. */
export class CannotListenError extends GamekeeperError<'CANNOT_LISTEN'> {
  constructor(hostname: string, port: number, cause: unknown) {
    const code = codeOf(cause);
    super(
      'CANNOT_LISTEN',
      `Health cannot be served at ${hostname}:${port} (${reasons[code] ?? code}); choose another port (0 for any free one) or another hostname.`,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
};

/**
 * Starts a server for {@link healthHandler}.
 *
 * @throws {InvalidOptionError} {@link CannotListenError}
 * @example
 * const server = await serveHealth(host, { port: 9464 });
 * console.log(`${server.url}/healthz`);
 */
export async function serveHealth(host: HealthSource, given: ServeHealthOptions): Promise<HealthServer> {
  const known = ['port', 'hostname', 'allowedHosts', 'handlers', 'prefix', 'timeoutMs', 'openTimeoutMs'];
  const {
    port,
    hostname = '127.0.0.1',
    allowedHosts,
    handlers = {},
    ...options
  } = requiredOptions('', given, known);
  wholeNumber('port', port, { min: 0, max: 65_535 });
  storableText('hostname', hostname, 'must be an address such as "127.0.0.1"', { most: 255 });
  const isAllowed = hostHeaderCheck(hostname, allowedHosts);
  const answer = nodeListener(withHandlers(healthHandler(host, options), handlers));
  const server = createServer((incoming, outgoing) =>
    isAllowed(incoming.headers.host) ? answer(incoming, outgoing) : refuse(outgoing),
  );
  try {
    await once(server.listen(port, hostname), 'listening');
  } catch (error) {
    throw new CannotListenError(hostname, port, error);
  }
  // An error of the server's connections must not end the host.
  server.on('error', () => undefined);
  return { url: urlOf(server), close: () => close(server) };
}

function withHandlers(health: WebHandler, handlers: unknown): WebHandler {
  const expected = 'must be an object of handlers by path, such as { "/dashboard": dashboard(host, …) }';
  const others = Object.entries(givenObject('handlers', handlers as Record<string, WebHandler>, expected));
  for (const [path, handle] of others) {
    if (!/^(\/[\w.~-]+)+$/.test(path))
      throw new InvalidOptionError('handlers', path, 'must have paths such as "/dashboard"');
    givenFunction(`handlers.${path}`, handle, 'must be a handler such as dashboard returns');
  }
  return (request) => {
    const { pathname } = new URL(request.url);
    const other = others.find(([path]) => pathname === path || pathname.startsWith(`${path}/`));
    return (other?.[1] ?? health)(request);
  };
}

/** 421, misdirected: the request was meant for another server. */
function refuse(outgoing: ServerResponse): void {
  outgoing.writeHead(421, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  outgoing.end('{"error":"HOST_NOT_ALLOWED"}\n');
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Keep-alive connections would keep the server open. */
async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
