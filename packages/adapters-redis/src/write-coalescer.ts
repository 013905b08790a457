import type { RedisClient } from './redis-options.ts';

/** How many commands are held back at most: Redis is to work on the first while the last are still being written. */
const MAX_CORKED_COMMANDS = 16;

/**
 * Sends commands of one turn of the event loop several at a time. Otherwise each is a system call of its own, which costs
 * more than the command. A cluster has a socket for each node, and sends as ioredis does.
 */
export class WriteCoalescer {
  #gathered = 0;
  #release: (() => void) | undefined;

  cork(client: RedisClient): void {
    if (!('stream' in client)) return;
    const { stream } = client;
    // Not there before the first connection, whatever its type says.
    if (!(stream as typeof stream | undefined)) return;
    this.#gathered += 1;
    if (this.#gathered > MAX_CORKED_COMMANDS) this.#release?.();
    if (this.#release) return;
    stream.cork();
    this.#gathered = 1;
    const release = (): void => {
      if (this.#release !== release) return;
      this.#release = undefined;
      stream.uncork();
    };
    this.#release = release;
    setImmediate(release);
  }
}
