import {
  PostgresDatabase,
  PostgresOutbox,
  PostgresOutboxPartitions,
  pinDatabaseClock,
} from '@gamekeeper/adapters-postgres';
import { RedisConnection } from '@gamekeeper/adapters-redis';
import { instant, addMs, type DomainEvent, type Instant } from '@gamekeeper/core';
import { firstDeliveries } from '@gamekeeper/testkit';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';
import { told } from './told-events.ts';

const KILLS = 6;
const EVENTS_PER_KILL = 300;
const program = fileURLToPath(new URL('processes/relaying-host.ts', import.meta.url));

describeWithPostgres('law 3 with relays that are killed', (databaseUrl) => {
  describeWithRedis('while they hand events to Redis', (redisUrl) => {
    it('no event is lost, and every player is told in order', async () => {
      const name = `${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
      const schema = `gamekeeper_test_${name}`;
      const redis = new RedisConnection({ url: redisUrl, keyPrefix: `gamekeeper-test-${name}` });
      const database = new PostgresDatabase({ url: databaseUrl, schema, poolSize: 2, pinnableClock: true });
      await Promise.all([redis.open(), database.open()]);
      const run = new Killing(database, [databaseUrl, schema, redisUrl, redis.keyPrefix]);
      try {
        for (let kill = 0; kill < KILLS; kill += 1) await run.killInTheMiddle();
        await run.deliverTheRest();
        expect(run.complaints).toEqual([]);
        expect(run.kills).toBe(KILLS);
        expect(firstDeliveries(await published(redis))).toEqual(firstDeliveries(run.written));
      } finally {
        await run.end();
        await database.dropSchema();
        await database.close();
        await redis.run((client) => client.unlink(...streamsOf(redis)));
        await redis.close();
      }
    }, 180_000);
  });
});

/** Three hosts that deliver what is written here, one of which is killed again and again. */
class Killing {
  readonly written: DomainEvent[] = [];
  readonly complaints: string[] = [];
  kills = 0;
  readonly #database: PostgresDatabase;
  readonly #outbox: PostgresOutbox;
  readonly #lanes: PostgresOutboxPartitions;
  readonly #args: readonly string[];
  readonly #hosts: ChildProcess[] = [];
  #now: Instant = instant('2026-11-24T00:00:00Z');

  constructor(database: PostgresDatabase, args: readonly string[]) {
    this.#database = database;
    this.#outbox = new PostgresOutbox(database);
    this.#lanes = new PostgresOutboxPartitions(database);
    this.#args = args;
    for (let host = 0; host < 3; host += 1) this.#start(host);
  }

  /** Writes events and kills a host when a part of them, another one each time, was delivered. */
  async killInTheMiddle(): Promise<void> {
    const left = Math.floor((EVENTS_PER_KILL * ((this.kills * 7) % 10)) / 10) + 1;
    await this.#write();
    await this.#until(async () => (await this.#lanes.lag()).pending <= left);
    const victim = this.kills % this.#hosts.length;
    await this.#kill(this.#hosts[victim]!);
    this.kills += 1;
    this.#start(victim);
    // The lane of the dead is free, and those of the living are lost to them as well.
    await this.#passLease();
  }

  async deliverTheRest(): Promise<void> {
    await this.#until(async () => {
      await this.#passLease();
      return (await this.#lanes.lag()).pending === 0;
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => this.#kill(host)));
  }

  async #write(): Promise<void> {
    const base = this.written.length;
    for (let index = 0; index < EVENTS_PER_KILL; index += 30) {
      const events = Array.from({ length: 30 }, (_, one) =>
        told(`player-${(index + one) % 40}`, base + index + one),
      );
      await this.#database.run((tx) => this.#outbox.append(tx, events));
      this.written.push(...events);
    }
  }

  async #passLease(): Promise<void> {
    this.#now = addMs(this.#now, 31_000);
    await pinDatabaseClock(this.#database, this.#now);
  }

  /** Looks again and again; now and then a lease passes, as one that was taken by a host that died at once must. */
  async #until(holds: () => Promise<boolean>): Promise<void> {
    for (let look = 1; !(await holds()); look += 1) {
      if (this.complaints.length > 0) throw new Error(this.complaints.join('\n'));
      await pause(20);
      if (look % 250 === 0) await this.#passLease();
    }
  }

  #start(index: number): void {
    const host = fork(program, this.#args, {
      execArgv: ['--conditions=@gamekeeper/source'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    host.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    host.on('exit', (code, signal) => {
      if (signal !== 'SIGKILL') this.complaints.push(`a host ended with ${code}: ${said}`);
    });
    this.#hosts[index] = host;
  }

  async #kill(host: ChildProcess): Promise<void> {
    if (host.exitCode !== null || host.signalCode !== null) return;
    const exit = once(host, 'exit');
    host.kill('SIGKILL');
    await exit;
  }
}

function streamsOf(redis: RedisConnection): readonly string[] {
  return [0, 1, 2, 3].map((partition) => redis.key('events', `{${partition}}`));
}

/** All that is in the streams, as far as the order needs it. */
async function published(redis: RedisConnection): Promise<readonly Told[]> {
  const streams = await redis.run((client) =>
    Promise.all(streamsOf(redis).map((stream) => client.xrange(stream, '-', '+'))),
  );
  return streams.flat().map(([, fields]) => {
    const field = (name: string): string => fields[fields.indexOf(name) + 1]!;
    return { key: field('key'), payload: JSON.parse(field('payload')) as DomainEvent['payload'] };
  });
}

type Told = Pick<DomainEvent, 'key' | 'payload'>;
