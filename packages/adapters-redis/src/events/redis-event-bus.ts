import {
  laneOf,
  optionalTokens,
  provide,
  subjectOf,
  wholeNumber,
  type DomainEvent,
  type EventBus,
  type HostModule,
  type PublishOptions,
} from '@gamekeeper/core';
import type { RedisConnection } from '../redis-connection.ts';
import { redis } from '../redis-module.ts';
import { checkedPartitions, fieldsOf, streamKeys, type EventStreamOptions } from './event-streams.ts';

/** How a {@link RedisEventBus} keeps events. */
export interface RedisEventBusOptions extends EventStreamOptions {
  /**
   * About how many events each stream keeps, read or not: a group that falls behind further loses the oldest. Default
   * 100,000.
   */
  readonly maxLength?: number;
}

/**
 * A bus on Redis Streams. Players are spread over a fixed number of streams, so that events of one player are always in
 * one stream, in order. What it takes over is as safe as Redis keeps it: see Redis' own `appendfsync` and replication.
 */
export class RedisEventBus implements EventBus {
  readonly #connection: RedisConnection;
  readonly #partitions: number;
  readonly #maxLength: number;

  /** @throws {InvalidOptionError} */
  constructor(connection: RedisConnection, options: RedisEventBusOptions = {}) {
    this.#connection = connection;
    this.#partitions = checkedPartitions(options);
    this.#maxLength = wholeNumber('maxLength', options.maxLength ?? 100_000, { min: 1, max: 1_000_000_000 });
  }

  /**
   * Appends events to their streams, each stream's in one transaction, and reports what is delivered whenever a stream
   * has its part.
   *
   * @throws {StoreUnavailableError} when Redis is away; any of the events may be there nevertheless
   */
  async publish(events: readonly DomainEvent[], { signal, onDelivered }: PublishOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const parts = Map.groupBy(events.entries(), ([, event]) => laneOf(subjectOf(event), this.#partitions));
    /** Where the parts begin that are not appended yet: all before the first of them is delivered. */
    const begins = new Map([...parts].map(([partition, [first]]) => [partition, first![0]]));
    let reported = 0;
    const appended = await Promise.allSettled(
      [...parts].map(async ([partition, part]) => {
        await this.#append(
          partition,
          part.map(([, event]) => event),
        );
        begins.delete(partition);
        const delivered = Math.min(events.length, ...begins.values());
        if (delivered > reported) onDelivered?.((reported = delivered));
      }),
    );
    const failed = appended.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** All or nothing: an event that is refused must not be overtaken by the player's next. */
  async #append(partition: number, events: readonly DomainEvent[]): Promise<void> {
    const stream = streamKeys.stream(this.#connection, partition);
    await this.#connection.run(async (client) => {
      const transaction = client.multi();
      for (const event of events) {
        transaction.xadd(stream, 'MAXLEN', '~', this.#maxLength, '*', ...fieldsOf(event));
      }
      const refused = (await transaction.exec())?.find(([error]) => error !== null);
      if (refused?.[0]) throw refused[0];
    });
  }
}

/**
 * Binds a bus on Redis Streams, on the connection that {@link redisConnection} binds.
 *
 * @throws {InvalidOptionError}
 * @example
 * createJobHost({
 *   modules: [postgresAdapters({ url }), redisConnection({ url: redisUrl }), redisEventBus(), cronerScheduler()],
 * });
 */
export function redisEventBus(options: RedisEventBusOptions = {}): HostModule {
  checkedPartitions(options);
  return {
    name: 'redisEventBus',
    bindings: [
      provide(optionalTokens.eventBus, [redis], (connection) => new RedisEventBus(connection, options)),
    ],
  };
}
