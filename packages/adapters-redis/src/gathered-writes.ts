import type { RedisClient } from './redis-options.ts';

/**
 * Sends all commands of one turn of the event loop together. Otherwise each is a system call of its own, which costs
 * more than the command. A cluster has a socket for each node, and sends as ioredis does.
 */
export class GatheredWrites {
  #gathering = false;

  gather(client: RedisClient): void {
    if (this.#gathering || !('stream' in client)) return;
    const { stream } = client;
    // Not there before the first connection, whatever its type says.
    if (!(stream as typeof stream | undefined)) return;
    this.#gathering = true;
    stream.cork();
    setImmediate(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }
}
