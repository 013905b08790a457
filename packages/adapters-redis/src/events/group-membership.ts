import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis-connection.ts';
import { streamKeys } from './event-streams.ts';
import type { ReadingLease } from './partition-reader.ts';

/**
 * Records that a member is alive, removes members that were silent too long, and returns the number of members. Uses
 * Redis' clock.
 */
const HEARTBEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 10)
return redis.call('ZCARD', KEYS[1])
`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/** A consumer's membership in its group: its heartbeat and the partitions that it may read. */
export class GroupMembership {
  readonly #connection: RedisConnection;
  readonly #group: string;
  readonly #leaseMs: number;
  readonly #member = randomUUID();
  /** Until when each partition is certainly ours, by this process's monotonic clock. */
  readonly #heldUntil = new Map<number, number>();
  /** Aborts the handlers of a partition when another consumer has acquired it. */
  readonly #losses = new Map<number, AbortController>();
  /** Partitions to release as soon as their readers have ended. */
  readonly #releasing = new Set<number>();

  constructor(connection: RedisConnection, group: string, leaseMs: number) {
    this.#connection = connection;
    this.#group = group;
    this.#leaseMs = leaseMs;
  }

  /** The partitions that are ours and are not marked for release. */
  get ownedPartitions(): readonly number[] {
    return [...this.#heldUntil.keys()].filter((partition) => !this.#releasing.has(partition));
  }

  /**
   * Returns the lease of an acquired partition. After a pause of the process that was longer than the lease, `isHeld()`
   * returns false.
   */
  lease(partition: number): ReadingLease {
    const loss = new AbortController();
    this.#losses.set(partition, loss);
    return {
      key: this.#key(partition),
      member: this.#member,
      lost: loss.signal,
      isHeld: () =>
        !this.#releasing.has(partition) && (this.#heldUntil.get(partition) ?? 0) > performance.now(),
    };
  }

  /** Ends the reader of a partition; the partition stays ours until the reader has ended and released it. */
  markForRelease(partition: number): void {
    this.#releasing.add(partition);
  }

  /** Records that this member is alive. Returns the number of members of the group. */
  heartbeat(): Promise<number> {
    const key = streamKeys.members(this.#connection, this.#group);
    return this.#connection.run(async (client) =>
      Number(await client.eval(HEARTBEAT, 1, key, this.#member, this.#leaseMs)),
    );
  }

  /** Acquires a partition that nobody holds. Returns whether it was free. */
  async acquire(partition: number): Promise<boolean> {
    const asked = performance.now();
    const answer = await this.#connection.run((client) =>
      client.set(this.#key(partition), this.#member, 'PX', this.#leaseMs, 'NX'),
    );
    if (answer !== null) this.#heldUntil.set(partition, asked + this.#leaseMs);
    return answer !== null;
  }

  /** Renews the leases of all partitions that are still ours. */
  async renew(): Promise<void> {
    await Promise.all([...this.#heldUntil.keys()].map((partition) => this.#renew(partition)));
  }

  /** Releases a partition. */
  async release(partition: number): Promise<void> {
    this.#forget(partition);
    await this.#connection.run((client) => client.eval(RELEASE, 1, this.#key(partition), this.#member));
  }

  /** Leaves the group. */
  async leave(): Promise<void> {
    const key = streamKeys.members(this.#connection, this.#group);
    await this.#connection.run((client) => client.zrem(key, this.#member));
  }

  async #renew(partition: number): Promise<void> {
    const asked = performance.now();
    const renewed = await this.#connection.run((client) =>
      client.eval(RENEW, 1, this.#key(partition), this.#member, this.#leaseMs),
    );
    if (renewed === 1) this.#heldUntil.set(partition, asked + this.#leaseMs);
    else {
      this.#losses
        .get(partition)
        ?.abort(new Error('another consumer of the group has taken over the stream'));
      this.#forget(partition);
    }
  }

  #forget(partition: number): void {
    this.#heldUntil.delete(partition);
    this.#losses.delete(partition);
    this.#releasing.delete(partition);
  }

  #key(partition: number): string {
    return streamKeys.reader(this.#connection, this.#group, partition);
  }
}
