import { DAY_MS, type SeenEvents } from '@gamekeeper/core';
import { knownOptions, wholeNumber } from '@gamekeeper/core/engine';
import { givenConnection, type RedisConnection } from '../redis-connection.ts';
import { checkedName } from './event-streams.ts';

/** Remembers in Redis which events a consumer has handled: across processes and restarts. */
export class RedisSeenEvents implements SeenEvents {
  readonly #connection: RedisConnection;
  readonly #consumer: string;
  readonly #keepMs: number;

  /**
   * @param options.consumer the name of the consumer: each consumer has its own memory
   * @param options.keepMs how long a key is kept. Milliseconds, default 7 days
   * @throws {InvalidOptionError}
   */
  constructor(connection: RedisConnection, options: { readonly consumer: string; readonly keepMs?: number }) {
    const { consumer, keepMs = 7 * DAY_MS } = knownOptions(options, ['consumer', 'keepMs']);
    this.#connection = givenConnection(connection);
    this.#consumer = checkedName('consumer', consumer);
    this.#keepMs = wholeNumber('keepMs', keepMs, { min: 1_000, max: 10 * 365 * DAY_MS });
  }

  async has(key: string): Promise<boolean> {
    return (await this.#connection.run((client) => client.exists(this.#key(key)))) === 1;
  }

  async add(key: string): Promise<void> {
    await this.#connection.run((client) => client.set(this.#key(key), '1', 'PX', this.#keepMs, 'NX'));
  }

  #key(key: string): string {
    return this.#connection.key('seen', this.#consumer, key);
  }
}
