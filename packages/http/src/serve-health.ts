import { GamekeeperError, InvalidOptionError } from '@gamekeeper/core';
import { wholeNumber } from '@gamekeeper/core/engine';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { hostHeaderCheck } from './allowed-hosts.ts';
import { healthHandler, type HealthHandlerOptions } from './health-handler.ts';
import type { HealthSource } from './health-source.ts';
import { nodeListener } from './node-listener.ts';

/** What {@link serveHealth} takes. */
export interface ServeHealthOptions extends HealthHandlerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** The address to listen at. Default `127.0.0.1`: only this machine comes in. */
  readonly hostname?: string;
  /**
   * Names without ports that the header `Host` may have, beside those of this machine. Default: none where it listens at this
   * machine's own address, so that no web page reaches it by a name of its own; any where it listens at another.
   */
  readonly allowedHosts?: readonly string[];
}

/** A server that answers for the health of a host. It keeps the process alive until it is closed. */
export interface HealthServer {
  /** Where it listens, such as `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Takes no more requests; those that are being answered are cut off. Safe to call twice. */
  close(): Promise<void>;
}

/** A server could not listen at its address. */
export class CannotListenError extends GamekeeperError<'CANNOT_LISTEN'> {
  constructor(hostname: string, port: number, cause: unknown) {
    const code = codeOf(cause);
    super(
      'CANNOT_LISTEN',
      `Health cannot be served at ${hostname}:${port} (${reasons[code] ?? code}); choose another port, 0 for any that is free, or another hostname.`,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'this process may not',
  EADDRNOTAVAIL: 'this machine has no such address',
};

/**
 * Serves {@link healthHandler} by a server of its own.
 *
 * @throws {InvalidOptionError} {@link CannotListenError}
 * @example
 * const server = await serveHealth(host, { port: 9464 });
 * console.log(`${server.url}/healthz`);
 */
export async function serveHealth(
  host: HealthSource,
  { port, hostname = '127.0.0.1', allowedHosts, ...options }: ServeHealthOptions,
): Promise<HealthServer> {
  wholeNumber('port', port, { min: 0, max: 65_535 });
  if (typeof hostname !== 'string' || hostname === '')
    throw new InvalidOptionError('hostname', hostname, 'must be an address such as "127.0.0.1"');
  const isAllowed = hostHeaderCheck(hostname, allowedHosts);
  const answer = nodeListener(healthHandler(host, options));
  const server = createServer((incoming, outgoing) =>
    isAllowed(incoming.headers.host) ? answer(incoming, outgoing) : refuse(outgoing),
  );
  try {
    await once(server.listen(port, hostname), 'listening');
  } catch (error) {
    throw new CannotListenError(hostname, port, error);
  }
  // What a connection fails with is no reason for the host to end.
  server.on('error', () => undefined);
  return { url: urlOf(server), close: () => close(server) };
}

/** 421, misdirected: this server is not the one that the request was meant for. */
function refuse(outgoing: ServerResponse): void {
  outgoing.writeHead(421, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  outgoing.end('{"error":"HOST_NOT_ALLOWED"}\n');
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Connections that are kept alive would keep the server from ending. */
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
