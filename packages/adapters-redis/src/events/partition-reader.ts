import { type DomainEvent, type EventContext, type EventHandler, type Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisConnection } from '../redis-connection.ts';
import type { DroppedEventsWatch } from './dropped-events.ts';
import { eventOf, streamKeys } from './event-streams.ts';
import { createReaderGroup } from './reader-group.ts';

/**
 * The consumer name of every consumer of a group: a partition has one reader at a time, and its next reader inherits
 * the pending entries.
 */
const READER = 'reader';

/** Options and collaborators of a {@link PartitionReader}. */
export interface PartitionReaderOptions {
  readonly connection: RedisConnection;
  readonly group: string;
  readonly handler: EventHandler;
  /** Aborts when the timeout of a stop ends. */
  readonly signal: AbortSignal;
  readonly batchSize: number;
  /** Maximum number of deliveries of one event. */
  readonly maxDeliveries: number;
  /**
   * The delay before the second delivery. It doubles with each delivery, up to a hundred times its length.
   * Milliseconds.
   */
  readonly initialDelayMs: number;
  readonly pollIntervalMs: number;
  readonly logger: Logger;
  /** Reports events that were removed before they were read. */
  readonly watch: DroppedEventsWatch;
}

/** The lease that allows a reader to read its partition. */
export interface ReadingLease {
  /** Whether the lease is valid, as far as this process knows. */
  isHeld(): boolean;
  /** The key of the lease's owner, in the slot of the stream. */
  readonly key: string;
  readonly member: string;
  /** Aborts when another consumer has acquired the partition. */
  readonly lost: AbortSignal;
}

/**
 * Reads new entries only if this consumer holds the lease at that moment. Otherwise a consumer with an expired lease
 * could take entries that the next consumer must deliver in order. Also returns how many events were removed before the
 * group had read them.
 */
const READ_NEW = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return false end
local read = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[4], 'STREAMS', KEYS[1], '>')
local dropped = redis.call('HGET', KEYS[3], ARGV[2])
if dropped then redis.call('HDEL', KEYS[3], ARGV[2]) end
return { tonumber(dropped or '0'), read }
`;

type Entry = readonly [id: string, fields: readonly string[] | null];

/** Reads one partition for a group, event by event in order, while it holds the lease. */
export class PartitionReader {
  readonly #ports: PartitionReaderOptions;
  readonly #partition: number;
  readonly #stream: string;
  /** The key under which the losses of groups are counted. */
  readonly #dropped: string;
  readonly #lease: ReadingLease;
  /** Whether this consumer may read the partition. */
  readonly #mayRead: () => boolean;
  readonly #stopping: AbortSignal;
  /** The signal for handlers. */
  readonly #signal: AbortSignal;

  constructor(ports: PartitionReaderOptions, partition: number, lease: ReadingLease, stopping: AbortSignal) {
    this.#ports = ports;
    this.#partition = partition;
    this.#stream = streamKeys.stream(ports.connection, partition);
    this.#dropped = streamKeys.dropped(ports.connection, partition);
    this.#lease = lease;
    this.#mayRead = () => !stopping.aborted && lease.isHeld();
    this.#stopping = stopping;
    this.#signal = AbortSignal.any([ports.signal, lease.lost]);
  }

  /**
   * Reads until the lease ends or a stop begins.
   *
   * @throws errors of Redis
   */
  async read(): Promise<void> {
    // If the group is missing, Redis has lost it: all that is in the stream is unread.
    await createReaderGroup(this.#ports, this.#partition, 'beginning');
    while (this.#mayRead()) {
      const found = (await this.#redeliverPending()) || (await this.#readNew());
      if (!found) await this.#pause(this.#ports.pollIntervalMs);
    }
  }

  /** Redelivers entries that were read and not acknowledged, oldest first. Returns whether there were any. */
  async #redeliverPending(): Promise<boolean> {
    const { connection, group, batchSize, maxDeliveries } = this.#ports;
    const pending = (await connection.run((client) =>
      client.xpending(this.#stream, group, '-', '+', batchSize),
    )) as readonly (readonly [id: string, consumer: string, idleMs: number, maxDeliveries: number])[];
    for (const [id, , , before] of pending) {
      if (!this.#mayRead()) break;
      // Redis counts reading as the first delivery, but later entries of the batch were not tried yet.
      if (before < Math.max(maxDeliveries, 2)) await this.#deliver(await this.#claim(id), before + 1);
      // The event crashed its consumer `maxDeliveries` times: dead-letter it.
      else
        await this.#deadLetter(
          await this.#lookUp(id),
          before,
          new Error('the process ended during the handling of the event'),
        );
    }
    return pending.length > 0;
  }

  async #readNew(): Promise<boolean> {
    const { connection, group, batchSize } = this.#ports;
    const { key, member } = this.#lease;
    const answer = (await connection.run((client) =>
      client.eval(READ_NEW, 3, this.#stream, key, this.#dropped, member, group, READER, batchSize),
    )) as
      | readonly [
          dropped: number,
          read: readonly (readonly [stream: string, entries: readonly Entry[]])[] | null,
        ]
      | null;
    const [dropped, read] = answer ?? [0, null];
    const entries = read?.[0]?.[1] ?? [];
    // A group that has read to the end is losing no events.
    if (dropped > 0) this.#reportDropped(dropped);
    else if (entries.length < batchSize) this.#ports.watch.report(this.#partition, new Map());
    for (const entry of entries) {
      // The rest stays pending for the next reader.
      if (!this.#mayRead()) break;
      await this.#deliver(entry, 1);
    }
    return entries.length > 0;
  }

  /** Delivers an event until its handler succeeds, or has failed `maxDeliveries` times. */
  async #deliver(entry: Entry, delivery: number): Promise<void> {
    const { handler, maxDeliveries, initialDelayMs } = this.#ports;
    const [id, fields] = entry;
    if (fields === null) {
      // The entry was removed before it was handled: there is nothing to deliver.
      this.#reportDropped(1);
      return this.#acknowledge(id);
    }
    let event: DomainEvent;
    try {
      event = eventOf(fields);
    } catch (error) {
      return this.#deadLetter(entry, delivery, error);
    }
    for (let count = delivery; ; count += 1) {
      const failure = await failureOf(handler, event, { signal: this.#signal });
      if (!failure) return this.#acknowledge(id);
      if (count >= maxDeliveries) return this.#deadLetter(entry, count, failure.reason);
      await this.#pause(Math.min(initialDelayMs * 2 ** (count - 1), initialDelayMs * 100));
      if (!this.#mayRead()) return;
      await this.#claim(id);
    }
  }

  /** Counts one more delivery. */
  async #claim(id: string): Promise<Entry> {
    const { connection, group } = this.#ports;
    const claimed = (await connection.run((client) =>
      client.xclaim(this.#stream, group, READER, 0, id),
    )) as readonly (Entry | null)[];
    return claimed[0] ?? [id, null];
  }

  async #lookUp(id: string): Promise<Entry> {
    const [entry] = await this.#ports.connection.run((client) => client.xrange(this.#stream, id, id));
    return entry ?? [id, null];
  }

  /** Moves an event with its error to the dead-letter stream and continues with the next one. */
  async #deadLetter([id, fields]: Entry, deliveries: number, error: unknown): Promise<void> {
    const { connection, group, logger } = this.#ports;
    const reason = errorText(error);
    if (fields !== null) {
      const circumstances = [
        'error',
        reason,
        'deliveries',
        String(deliveries),
        'stream',
        this.#stream,
        'id',
        id,
      ];
      const dead = streamKeys.dead(connection, group);
      await connection.run((client) => client.xadd(dead, '*', ...fields, ...circumstances));
      const name = fields[fields.indexOf('key') + 1];
      logger.error('event moved to the dead-letter stream', {
        group,
        event: name,
        deliveries,
        error: reason,
      });
    } else this.#reportDropped(1);
    await this.#acknowledge(id);
  }

  async #acknowledge(id: string): Promise<void> {
    const { connection, group } = this.#ports;
    await connection.run((client) => client.xack(this.#stream, group, id));
  }

  #reportDropped(count: number): void {
    const { group, watch } = this.#ports;
    watch.report(this.#partition, new Map([[group, count]]));
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping }).catch(() => undefined);
  }
}

async function failureOf(
  handler: EventHandler,
  event: DomainEvent,
  context: EventContext,
): Promise<{ readonly reason: unknown } | null> {
  try {
    await handler(event, context);
    return null;
  } catch (reason) {
    return { reason };
  }
}
