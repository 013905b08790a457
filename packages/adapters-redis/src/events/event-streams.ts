import { InvalidOptionError, instant, iso, type DomainEvent, type JsonObject } from '@gamekeeper/core';
import { wholeNumber } from '@gamekeeper/core/engine';
import type { RedisConnection } from '../redis-connection.ts';

/** The layout of events in Redis. Publishers and consumers must use the same. */
export interface EventStreamOptions {
  /**
   * The number of streams over which players are distributed. It is also the maximum number of consumers of a group
   * that can read at the same time. Change it only when every stream has been read to its end. Default 8.
   */
  readonly partitions?: number;
}

/** @throws {InvalidOptionError} */
export function checkedPartitions({ partitions = 8 }: EventStreamOptions): number {
  return wholeNumber('partitions', partitions, { min: 1, max: 256 });
}

/** @throws {InvalidOptionError} for text that cannot be part of a key */
export function checkedName(option: string, name: string): string {
  if (typeof name === 'string' && /^[\w.-]{1,100}$/.test(name)) return name;
  throw new InvalidOptionError(
    option,
    name,
    'must be 1 to 100 letters, digits, dots, hyphens and underscores',
  );
}

/** The keys of the streams. All keys of one partition are in one slot of a cluster. */
export const streamKeys = {
  stream: (connection: RedisConnection, partition: number): string =>
    connection.key('events', `{${partition}}`),
  /** Which consumer reads a partition for a group. */
  reader: (connection: RedisConnection, group: string, partition: number): string =>
    connection.key('events', `{${partition}}`, 'reader', group),
  /** How many events of a partition each group has lost unread, until a consumer of the group has reported it. */
  dropped: (connection: RedisConnection, partition: number): string =>
    connection.key('events', `{${partition}}`, 'dropped'),
  /** The live consumers of a group. */
  members: (connection: RedisConnection, group: string): string => connection.key('events', 'members', group),
  /** The dead-letter stream of a group. */
  dead: (connection: RedisConnection, group: string): string => connection.key('events', 'dead', group),
};

/** Returns the fields of an event in a stream. */
export function fieldsOf({ type, key, occurredAt, payload }: DomainEvent): readonly string[] {
  return ['type', type, 'key', key, 'occurredAt', iso(occurredAt), 'payload', JSON.stringify(payload)];
}

/**
 * Parses an event.
 *
 * @throws {TypeError} {@link SyntaxError} if the fields are not an event of Gamekeeper
 */
export function eventOf(fields: readonly string[]): DomainEvent {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) values.set(fields[index]!, fields[index + 1]!);
  const [type, key, occurredAt, payload] = ['type', 'key', 'occurredAt', 'payload'].map((name) =>
    values.get(name),
  );
  if (type === undefined || key === undefined || occurredAt === undefined || payload === undefined) {
    throw new TypeError(`an entry with the fields ${[...values.keys()].join(', ')} is not an event`);
  }
  return { type, key, occurredAt: instant(occurredAt), payload: JSON.parse(payload) as JsonObject };
}
