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
  #port = 0;
  #silent = false;

  /** Without a target, connections are taken and never answered. */
  constructor(target: URL | null) {
    this.#server = createServer((near) => {
      this.#keep(near);
      if (!target || this.#silent) return;
      const far = connect(Number(target.port || usualPorts[target.protocol]), target.hostname);
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

  /** Ends all connections and refuses new ones. */
  async cut(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  /** Lets nothing through any more, and ends no connection. */
  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}
