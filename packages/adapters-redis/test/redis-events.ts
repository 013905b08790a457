import type { DomainEvent, EventBus } from '@gamekeeper/core';
import {
  RedisConnection,
  RedisEventBus,
  RedisEventConsumer,
  type RedisEventConsumerOptions,
} from '../src/index.ts';
import type { SeverableLink } from '../../../test/servers/severable-link.ts';
import { eventOf } from '../src/events/event-streams.ts';

/** What a listener took, to be waited for. */
export class Taken {
  readonly events: DomainEvent[] = [];
  readonly #refusals = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  readonly handler = (event: DomainEvent): void => {
    const left = this.#refusals.get(event.key) ?? 0;
    this.#refusals.set(event.key, left - 1);
    if (left > 0) throw new Error(`no taste for ${event.key}`);
    this.events.push(event);
    for (const look of this.#waiting) look();
  };

  refuse(key: string, times: number): void {
    this.#refusals.set(key, times);
  }

  get keys(): readonly string[] {
    return this.events.map(({ key }) => key);
  }

  /** All that was taken, as soon as there are so many different events. */
  until(different: number): Promise<readonly DomainEvent[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (new Set(this.keys).size < different) return;
        this.#waiting.delete(look);
        resolve([...this.events]);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Streams of their own for each case, on one connection. */
export class RedisEvents {
  readonly connection: RedisConnection;
  #consumers: RedisEventConsumer[] = [];

  constructor(url: string) {
    this.connection = new RedisConnection({ url, keyPrefix: `gamekeeper-test-${process.pid}-${random()}` });
  }

  /** Another connection to the same keys, through a link that can be cut. */
  async through(link: SeverableLink): Promise<RedisConnection> {
    await link.mend();
    const { keyPrefix } = this.connection;
    const connection = new RedisConnection({ url: `redis://127.0.0.1:${link.port}`, keyPrefix });
    await connection.open();
    return connection;
  }

  bus(): EventBus {
    return new RedisEventBus(this.connection, { partitions: 4 });
  }

  /** A consumer that is quick to notice, and stopped at the end of the case. */
  consume(options: Partial<RedisEventConsumerOptions>, connection = this.connection): RedisEventConsumer {
    const quick = { group: 'test', partitions: 4, leaseMs: 600, pollIntervalMs: 5, initialDelayMs: 1 };
    const consumer = new RedisEventConsumer(connection, { handler: () => undefined, ...quick, ...options });
    consumer.start();
    this.#consumers.push(consumer);
    return consumer;
  }

  /** All that is in the streams, read past any group. */
  async published(): Promise<readonly DomainEvent[]> {
    const streams = [0, 1, 2, 3].map((partition) => this.connection.key('events', `{${partition}}`));
    const entries = await this.connection.run((client) =>
      Promise.all(streams.map((stream) => client.xrange(stream, '-', '+'))),
    );
    return entries.flat().map(([, fields]) => eventOf(fields));
  }

  /** Stops the consumers and removes all keys. */
  async clear(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    this.#consumers = [];
    await this.connection.run(async (client) => {
      let cursor = '0';
      do {
        const [next, keys] = await client.scan(cursor, 'MATCH', this.connection.key('*'), 'COUNT', 1_000);
        if (keys.length > 0) await client.unlink(...keys);
        cursor = next;
      } while (cursor !== '0');
    });
  }
}

export function random(): string {
  return Math.random().toString(36).slice(2, 8);
}
