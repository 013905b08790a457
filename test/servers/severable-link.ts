import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const usualPorts: Readonly<Record<string, number>> = {
  'redis:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** A way to a server that a test can cut and mend. */
export class SeverableLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: URL | null;
  #port = 0;
  #silent = false;

  /** Without a target, connections are taken and never answered. */
  constructor(target: URL | null) {
    this.#target = target;
    this.#server = createServer((near) => {
      this.#keep(near);
      const to = this.#target;
      if (!to || this.#silent) return;
      const far = connect(Number(to.port || usualPorts[to.protocol]), to.hostname);
      this.#keep(far);
      near.pipe(far).pipe(near);
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Lets connections through, at the same port as before. */
  async mend(): Promise<void> {
    this.#silent = false;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Leads new connections to another server. Those that are there stay where they are. */
  lead(to: URL): void {
    this.#target = to;
  }

  /** Ends all connections and refuses new ones. */
  async cut(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  /** Lets nothing through any more, and ends no connection: also new ones are taken and never answered. */
  silence(): void {
    this.#silent = true;
    this.silenceOpen();
  }

  /** Lets nothing through on the connections that there are, and ends none of them. New ones are let through. */
  silenceOpen(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Lets new connections through again. Those that were silenced stay so. */
  speak(): void {
    this.#silent = false;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}
