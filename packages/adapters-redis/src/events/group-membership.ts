import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis-connection.ts';
import { streamKeys } from './event-streams.ts';
import type { ReadingLease } from './partition-reader.ts';

/** Says that a member is alive, forgets those that have been silent, and answers how many there are. By Redis' clock. */
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

/** One consumer's place in its group: that it is alive, and which partitions are its own to read. */
export class GroupMembership {
  readonly #connection: RedisConnection;
  readonly #group: string;
  readonly #leaseMs: number;
  readonly #member = randomUUID();
  /** Until when each partition is ours for certain, by this process's monotonic clock. */
  readonly #heldUntil = new Map<number, number>();
  /** Tells the handlers of a partition that it is somebody else's now. */
  readonly #losses = new Map<number, AbortController>();
  /** Those that are to be given back as soon as their readers have ended. */
  readonly #releasing = new Set<number>();

  constructor(connection: RedisConnection, group: string, leaseMs: number) {
    this.#connection = connection;
    this.#group = group;
    this.#leaseMs = leaseMs;
  }

  /** The partitions that are ours and will stay so. */
  get ownedPartitions(): readonly number[] {
    return [...this.#heldUntil.keys()].filter((partition) => !this.#releasing.has(partition));
  }

  /** What a reader of a partition that was taken goes by; a process that was frozen sees there that it was. */
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

  /** Lets the reader of a partition end; until it has and releases it, the partition stays ours. */
  markForRelease(partition: number): void {
    this.#releasing.add(partition);
  }

  /** Says that this member is alive. Answers how many members the group has. */
  heartbeat(): Promise<number> {
    const key = streamKeys.members(this.#connection, this.#group);
    return this.#connection.run(async (client) =>
      Number(await client.eval(HEARTBEAT, 1, key, this.#member, this.#leaseMs)),
    );
  }

  /** Takes a partition that nobody holds. Answers whether it was free. */
  async acquire(partition: number): Promise<boolean> {
    const asked = performance.now();
    const answer = await this.#connection.run((client) =>
      client.set(this.#key(partition), this.#member, 'PX', this.#leaseMs, 'NX'),
    );
    if (answer !== null) this.#heldUntil.set(partition, asked + this.#leaseMs);
    return answer !== null;
  }

  /** Keeps all that is ours for another while, but for what was lost. */
  async renew(): Promise<void> {
    await Promise.all([...this.#heldUntil.keys()].map((partition) => this.#renew(partition)));
  }

  /** Gives a partition to whoever asks next. */
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
        ?.abort(new Error('another consumer of the group has taken the stream over'));
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
