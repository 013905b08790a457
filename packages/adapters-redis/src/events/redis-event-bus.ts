import {
  silentLogger,
  type DomainEvent,
  type EventBus,
  type Logger,
  type PublishOptions,
} from '@gamekeeper/core';
import { optionalTokens, provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import {
  Outage,
  givenFunction,
  givenLogger,
  knownOptions,
  partitionOf,
  subjectOf,
  wholeNumber,
} from '@gamekeeper/core/engine';
import { givenConnection, type RedisConnection } from '../redis-connection.ts';
import { systemClock } from '../system-clock.ts';
import { redisConnectionToken } from '../redis-module.ts';
import { DroppedEventsWatch, type DroppedEvents } from './dropped-events.ts';
import { checkedPartitions, fieldsOf, streamKeys, type EventStreamOptions } from './event-streams.ts';
import { trimStream } from './stream-trim.ts';

/** Options of a {@link RedisEventBus}. */
export interface RedisEventBusOptions extends EventStreamOptions {
  /**
   * The approximate number of events that each stream keeps, read or not. A group that falls behind further loses the
   * oldest events; the log and `onDropped` report it. Default 100,000. The oldest are removed when a thousand or a
   * tenth more are there.
   */
  readonly maxLength?: number;
  /** Called at each removal by this bus if events were removed that a group had not read. Must not throw. */
  readonly onDropped?: (dropped: DroppedEvents) => void;
  /** Default: none; {@link redisEventBus} passes the host's. */
  readonly logger?: Logger;
}

/**
 * An event bus on Redis Streams. Players are distributed over a fixed number of streams, so all events of one player
 * are in one stream, in order. Published events are as durable as Redis is configured: see Redis' `appendfsync` and
 * replication.
 */
export class RedisEventBus implements EventBus {
  readonly #connection: RedisConnection;
  readonly #partitions: number;
  readonly #maxLength: number;
  readonly #watch: DroppedEventsWatch;
  readonly #trimOutage: Outage;

  /** @throws {InvalidOptionError} */
  constructor(connection: RedisConnection, options: RedisEventBusOptions = {}) {
    const { maxLength, onDropped, logger } = checkedBus(options);
    this.#connection = givenConnection(connection);
    this.#partitions = checkedPartitions(options);
    this.#maxLength = maxLength;
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
   * Appends events to their streams, in one transaction per stream, and reports delivered events after each stream.
   *
   * @throws {StoreUnavailableError} if Redis is unavailable; any of the events may have been appended nevertheless
   */
  async publish(events: readonly DomainEvent[], { signal, onDelivered }: PublishOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const parts = Map.groupBy(events.entries(), ([, event]) =>
      partitionOf(subjectOf(event), this.#partitions),
    );
    /**
     * The index of the first event of each part that is not appended yet: all events before the smallest one are
     * delivered.
     */
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

  /** All or nothing: if an event fails, the player's next event must not be appended before it. */
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

  /** The events are appended, even if trimming fails: the next call trims again. */
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

/** @throws {InvalidOptionError} */
function checkedBus(options: RedisEventBusOptions) {
  knownOptions(options, ['partitions', 'maxLength', 'onDropped', 'logger']);
  checkedPartitions(options);
  const { maxLength = 100_000, onDropped, logger = silentLogger } = options;
  wholeNumber('maxLength', maxLength, { min: 1, max: 1_000_000_000 });
  if (onDropped !== undefined) givenFunction('onDropped', onDropped);
  return { maxLength, onDropped, logger: givenLogger('logger', logger) };
}

/**
 * Returns a module that binds an event bus on Redis Streams. It uses the connection that {@link redisConnection} binds.
 *
 * @throws {InvalidOptionError}
 * @example
 * createJobHost({
 *   modules: [postgresAdapters({ url }), redisConnection({ url: redisUrl }), redisEventBus(), cronerScheduler()],
 * });
 */
export function redisEventBus(options: RedisEventBusOptions = {}): HostModule {
  checkedBus(options);
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
