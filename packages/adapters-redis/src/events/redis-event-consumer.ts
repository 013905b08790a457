import { InvalidOptionError, silentLogger, type EventHandler, type Logger } from '@gamekeeper/core';
import { Outage, givenFunction, givenLogger, requiredOptions, wholeNumber } from '@gamekeeper/core/engine';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../system-clock.ts';
import { givenConnection, type RedisConnection } from '../redis-connection.ts';
import { DroppedEventsWatch, type DroppedEvents } from './dropped-events.ts';
import { checkedName, checkedPartitions, type EventStreamOptions } from './event-streams.ts';
import { GroupMembership } from './group-membership.ts';
import { createReaderGroup } from './reader-group.ts';
import { PartitionReader, type PartitionReaderOptions } from './partition-reader.ts';

/** Options of a {@link RedisEventConsumer}. */
export interface RedisEventConsumerOptions extends EventStreamOptions {
  /** The name of the group: every group gets every event, and the consumers of a group share the events. */
  readonly group: string;
  /** Handles every event; `byType` combines handlers by type. If it throws, it is called again with the same event. */
  readonly handler: EventHandler;
  /**
   * Where a new group begins. Default `beginning`: with the oldest event in the stream, as a group that Redis loses while
   * the consumer runs always does.
   */
  readonly startAt?: 'beginning' | 'now';
  /**
   * Maximum number of deliveries of an event before it is moved to the dead-letter stream. Default 5. Entries that a
   * consumer had read and left to another are delivered at least once more, even if they were not tried.
   */
  readonly maxDeliveries?: number;
  /** The delay before the second delivery; it doubles with each delivery. Milliseconds, default 200. */
  readonly initialDelayMs?: number;
  /** How long a consumer may be silent before another takes over its streams. Milliseconds, default 15,000. */
  readonly leaseMs?: number;
  /** The delay before the next read if there was nothing to read. Milliseconds, default 200. */
  readonly pollIntervalMs?: number;
  /** Maximum number of events per read. Default 100. */
  readonly batchSize?: number;
  /**
   * Called when events were removed from their stream before this group had read or handled them; the group never gets
   * them. The first consumer that continues reading reports it. Must not throw.
   */
  readonly onDropped?: (dropped: DroppedEvents) => void;
  /** Default: none. */
  readonly logger?: Logger;
}

const CONSUMER_OPTIONS = [
  'group',
  'handler',
  'startAt',
  'partitions',
  'maxDeliveries',
  'initialDelayMs',
  'leaseMs',
  'pollIntervalMs',
  'batchSize',
  'onDropped',
  'logger',
];

/**
 * Reads events for a group. Each stream is read by one consumer of the group at a time, event by event, so a player's
 * events are handled in order. When a consumer dies, other consumers take over its streams and its unfinished events.
 *
 * Events are delivered at least once: an event whose handling was interrupted is handled again, and so may be events of
 * a consumer that was paused for longer than its lease; see `once`.
 *
 * @example
 * const connection = new RedisConnection({ url: 'redis://localhost:6379' });
 * await connection.open();
 * const consumer = new RedisEventConsumer(connection, {
 *   group: 'mailer',
 *   handler: byType({ StreakBroken: ({ payload }) => sendConsolation(payload.userId) }),
 * });
 * consumer.start();
 */
export class RedisEventConsumer {
  readonly #membership: GroupMembership;
  readonly #ports: PartitionReaderOptions;
  readonly #startAt: 'beginning' | 'now';
  readonly #partitions: number;
  readonly #leaseMs: number;
  readonly #stopping = new AbortController();
  /** Aborts the handlers when the timeout of a stop ends. */
  readonly #handlerAbort = new AbortController();
  readonly #readers = new Map<number, Promise<void>>();
  #work: Promise<void> | undefined;
  readonly #outage: Outage;
  /** Whether the group exists, or has existed, on every partition. */
  #hasGroups = false;
  /** Whether anything failed since the last rebalancing. */
  #failedLately = false;

  /** @throws {InvalidOptionError} */
  constructor(connection: RedisConnection, options: RedisEventConsumerOptions) {
    requiredOptions('', options, CONSUMER_OPTIONS);
    givenConnection(connection);
    const { group, handler, startAt = 'beginning', logger = silentLogger, onDropped } = options;
    const {
      maxDeliveries = 5,
      initialDelayMs = 200,
      leaseMs = 15_000,
      pollIntervalMs = 200,
      batchSize = 100,
    } = options;
    this.#partitions = checkedPartitions(options);
    this.#leaseMs = wholeNumber('leaseMs', leaseMs, { min: 300, max: 3_600_000 });
    this.#membership = new GroupMembership(connection, checkedName('group', group), leaseMs);
    givenFunction('handler', handler, 'must be a function of an event');
    givenLogger('logger', logger);
    if (onDropped !== undefined) givenFunction('onDropped', onDropped);
    if (startAt !== 'beginning' && startAt !== 'now')
      throw new InvalidOptionError('startAt', startAt, 'must be "beginning" or "now"');
    this.#outage = new Outage(
      {
        name: `consumer of ${group}`,
        operations: ['read'],
        startMessage: 'events cannot be read, retrying',
        endMessage: 'events are read again',
        level: 'error',
      },
      { clock: systemClock, logger },
    );
    this.#startAt = startAt;
    this.#ports = {
      connection,
      group,
      logger,
      watch: new DroppedEventsWatch({ logger, onDropped }),
      signal: this.#handlerAbort.signal,
      handler,
      maxDeliveries: wholeNumber('maxDeliveries', maxDeliveries, { min: 1, max: 1_000_000 }),
      initialDelayMs: wholeNumber('initialDelayMs', initialDelayMs, { min: 1, max: 3_600_000 }),
      pollIntervalMs: wholeNumber('pollIntervalMs', pollIntervalMs, { min: 1, max: 3_600_000 }),
      batchSize: wholeNumber('batchSize', batchSize, { min: 1, max: 10_000 }),
    };
  }

  /** Starts reading. While Redis is unavailable, it waits. */
  start(): void {
    this.#work ??= this.#rebalanceLoop();
  }

  /**
   * Waits for running handlers and releases the streams. Resolves to `false` if that took longer than `withinMs`; then
   * the signal of the running handlers aborts, and their events are delivered again. Milliseconds.
   */
  async stop(withinMs = 10_000): Promise<boolean> {
    this.#stopping.abort();
    const waited = new AbortController();
    const ended = this.#end().then(() => true);
    const late = pause(withinMs, false, { signal: waited.signal }).catch(() => false);
    const inTime = await Promise.race([ended, late]);
    if (!inTime) this.#handlerAbort.abort(new Error('the consumer stops'));
    waited.abort();
    return inTime;
  }

  async #end(): Promise<void> {
    await this.#work;
    const ended = Promise.all(this.#readers.values()).then(() => true);
    const pauses = new AbortController();
    // The streams stay ours while a handler runs.
    while (!(await Promise.race([ended, pause(this.#leaseMs / 3, false, { signal: pauses.signal })]))) {
      await this.#membership.renew().catch(() => undefined);
    }
    pauses.abort();
    // If Redis is unavailable, the group notices by the expired lease that this consumer is gone.
    await this.#membership.leave().catch(() => undefined);
  }

  /** Rebalances the partitions periodically: acquires up to its share and releases the surplus. */
  async #rebalanceLoop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Failed readers are restarted in each round, so the outage is over after a round without a failure.
      const quiet = !this.#failedLately;
      this.#failedLately = false;
      await this.#rebalance().then(
        () => quiet && !this.#failedLately && this.#outage.succeeded('read'),
        (error: unknown) => this.#failed(error),
      );
      await pause(this.#leaseMs / 3, undefined, { signal }).catch(() => undefined);
    }
  }

  async #rebalance(): Promise<void> {
    if (!this.#hasGroups) await this.#createGroups();
    const members = await this.#membership.heartbeat();
    const share = Math.ceil(this.#partitions / members);
    await this.#membership.renew();
    for (const partition of this.#membership.ownedPartitions.slice(share))
      this.#membership.markForRelease(partition);
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      if (this.#membership.ownedPartitions.length >= share || this.#stopping.signal.aborted) return;
      if (this.#readers.has(partition)) continue;
      if (await this.#membership.acquire(partition)) this.#startReader(partition);
    }
  }

  /** On all partitions at once: a group that is missing later was lost by Redis, and `startAt` is not for that. */
  async #createGroups(): Promise<void> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => partition);
    await Promise.all(
      partitions.map((partition) => createReaderGroup(this.#ports, partition, this.#startAt)),
    );
    this.#hasGroups = true;
  }

  #startReader(partition: number): void {
    const lease = this.#membership.lease(partition);
    const reader = new PartitionReader(this.#ports, partition, lease, this.#stopping.signal);
    const ended = reader
      .read()
      .catch((error: unknown) => this.#failed(error))
      .then(() => this.#membership.release(partition))
      .catch(() => undefined)
      .finally(() => {
        this.#readers.delete(partition);
        this.#ports.watch.forget(partition);
      });
    this.#readers.set(partition, ended);
  }

  #failed(error: unknown): void {
    this.#failedLately = true;
    if (!this.#stopping.signal.aborted) this.#outage.failed('read', error, { group: this.#ports.group });
  }
}
