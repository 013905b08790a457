import {
  InvalidOptionError,
  silentLogger,
  type DomainEvent,
  type EventBus,
  type Logger,
  type PublishOptions,
} from '@gamekeeper/core';
import { optionalTokens, provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { Outage, partitionOf, subjectOf, wholeNumber } from '@gamekeeper/core/engine';
import type { RedisConnection } from '../redis-connection.ts';
import { systemClock } from '../system-clock.ts';
import { redisConnectionToken } from '../redis-module.ts';
import { DroppedEventsWatch, type DroppedEvents } from './dropped-events.ts';
import { checkedPartitions, fieldsOf, streamKeys, type EventStreamOptions } from './event-streams.ts';
import { trimStream } from './stream-trim.ts';

/** How a {@link RedisEventBus} keeps events. */
export interface RedisEventBusOptions extends EventStreamOptions {
  /**
   * About how many events each stream keeps, read or not: a group that falls behind further loses the oldest, which the
   * log and `onDropped` tell. Default 100,000; a thousand or a tenth more are there before the oldest are removed.
   */
  readonly maxLength?: number;
  /** Called when events were removed that a group had not read, at each removal by this bus. Must not throw. */
  readonly onDropped?: (dropped: DroppedEvents) => void;
  /** Default: none; {@link redisEventBus} gives the host's. */
  readonly logger?: Logger;
}

/**
 * A bus on Redis Streams. Players are spread over a fixed number of streams, so that events of one player are always in
 * one stream, in order. What it takes over is as safe as Redis keeps it: see Redis' own `appendfsync` and replication.
 */
export class RedisEventBus implements EventBus {
  readonly #connection: RedisConnection;
  readonly #partitions: number;
  readonly #maxLength: number;
  readonly #watch: DroppedEventsWatch;
  readonly #trimOutage: Outage;

  /** @throws {InvalidOptionError} */
  constructor(connection: RedisConnection, options: RedisEventBusOptions = {}) {
    this.#connection = connection;
    this.#partitions = checkedPartitions(options);
    this.#maxLength = wholeNumber('maxLength', options.maxLength ?? 100_000, { min: 1, max: 1_000_000_000 });
    const { onDropped, logger = silentLogger } = options;
    if (onDropped !== undefined && typeof onDropped !== 'function') {
      throw new InvalidOptionError('onDropped', onDropped, 'must be a function');
    }
    this.#trimOutage = new Outage(
      {
        name: 'event-streams',
        operations: [],
        startMessage: 'a stream of events cannot be trimmed and grows',
        endMessage: 'streams of events are trimmed again',
        level: 'error',
      },
      { clock: systemClock, logger },
    );
    this.#watch = new DroppedEventsWatch({ logger, onDropped });
  }

  /**
   * Appends events to their streams, each stream's in one transaction, and reports what is delivered whenever a stream
   * has its part.
   *
   * @throws {StoreUnavailableError} when Redis is away; any of the events may be there nevertheless
   */
  async publish(events: readonly DomainEvent[], { signal, onDelivered }: PublishOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const parts = Map.groupBy(events.entries(), ([, event]) =>
      partitionOf(subjectOf(event), this.#partitions),
    );
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
    const length = await this.#connection.run(async (client) => {
      const transaction = client.multi();
      for (const event of events) transaction.xadd(stream, '*', ...fieldsOf(event));
      const answers = await transaction.xlen(stream).exec();
      const refused = answers?.find(([error]) => error !== null);
      if (refused?.[0]) throw refused[0];
      return Number(answers?.at(-1)?.[1]);
    });
    const margin = Math.min(1_000, Math.ceil(this.#maxLength / 10));
    if (length >= this.#maxLength + margin) await this.#trim(partition, length);
  }

  /** The events are there, whatever becomes of this: the next call tries again. */
  async #trim(partition: number, length: number): Promise<void> {
    try {
      const size = { length, maxLength: this.#maxLength };
      this.#watch.report(partition, await trimStream(this.#connection, partition, size));
      this.#trimOutage.succeeded(`trim ${partition}`);
    } catch (error) {
      this.#trimOutage.failed(`trim ${partition}`, error, { partition });
    }
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
      provide(
        optionalTokens.eventBus,
        [redisConnectionToken, engineTokens.logger],
        (connection, logger) => new RedisEventBus(connection, { logger, ...options }),
      ),
    ],
  };
}
