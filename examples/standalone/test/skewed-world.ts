import { PostgresDatabase, pinDatabaseClock, postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import {
  HOUR_MS,
  instant,
  addMs,
  silentLogger,
  type Clock,
  type Instant,
  type InstantLike,
  type Timer,
} from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { setImmediate as turn } from 'node:timers/promises';

/** A machine's clock with the skew of the test; it updates the store's clock first. */
export class SkewedClock implements Clock {
  readonly #world: SkewedWorld;
  /** By how much it is ahead of the true time. Milliseconds. */
  skewMs: number;

  constructor(world: SkewedWorld, skewMs: number) {
    this.#world = world;
    this.skewMs = skewMs;
  }

  now(): Instant {
    return addMs(this.#world.now, this.skewMs);
  }

  setTimer(at: Instant, run: () => void): Timer {
    const ring = (): void => this.#world.withStoreAtNow(() => (this.now() >= at ? run() : wait()));
    let timer: Timer;
    const wait = (): void => {
      timer = this.#world.clock.setTimer(addMs(at, -this.skewMs), ring);
    };
    wait();
    return { cancel: () => timer.cancel() };
  }
}

/** Several hosts on one store whose clock shows the true time; the hosts' own clocks are off. */
export class SkewedWorld {
  /** The true time. */
  readonly clock: VirtualClock;
  readonly #modules: () => HostModule;
  readonly #setStore: (now: Instant) => Promise<void>;
  readonly #close: () => Promise<void>;
  readonly #hosts: JobHost[] = [];
  #work: Promise<void> = Promise.resolve();

  private constructor(
    start: InstantLike,
    store: (clock: VirtualClock) => {
      readonly modules: () => HostModule;
      readonly setStore?: (now: Instant) => Promise<void>;
      readonly close?: () => Promise<void>;
    },
  ) {
    this.clock = new VirtualClock(start, { settle: () => this.settle() });
    const nothing = async (): Promise<void> => undefined;
    const { modules, setStore = nothing, close = nothing } = store(this.clock);
    this.#modules = modules;
    this.#setStore = setStore;
    this.#close = close;
  }

  static async inMemory(start: InstantLike): Promise<SkewedWorld> {
    return new SkewedWorld(start, (clock) => {
      const store = memoryStore(clock);
      return { modules: () => memoryAdapters(store) };
    });
  }

  static async onPostgres(url: string, start: InstantLike): Promise<SkewedWorld> {
    const schema = `gamekeeper_skew_test_${process.pid}`;
    const database = new PostgresDatabase({ url, schema, poolSize: 2, pinnableClock: true });
    await database.open();
    await pinDatabaseClock(database, instant(start));
    return new SkewedWorld(start, () => ({
      modules: () => postgresAdapters({ url, schema, poolSize: 3, pinnableClock: true }),
      setStore: (now) => pinDatabaseClock(database, now),
      close: async () => {
        await database.dropSchema();
        await database.close();
      },
    }));
  }

  get now(): Instant {
    return this.clock.now();
  }

  /** A host with a skewed clock. It follows the store's clock if a maximum skew is configured. */
  host(skewMs: number, options: Partial<JobHostOptions> = {}): { host: JobHost; clock: SkewedClock } {
    const clock = new SkewedClock(this, skewMs);
    const host = createJobHost({
      modules: [this.#modules(), cronerScheduler()],
      clock,
      logger: silentLogger,
      // Hours pass here, and every look costs.
      health: { watchIntervalMs: HOUR_MS },
      boards: [
        { key: 'global', period: 'all' },
        { key: 'daily', period: 'day' },
        { key: 'weekly', period: 'week' },
      ],
      ...options,
    });
    this.#hosts.push(host);
    return { host, clock };
  }

  /** Lets time pass for all, the store's first. */
  async advanceTo(at: InstantLike): Promise<void> {
    await this.clock.advanceTo(at);
    await this.#setStore(this.now);
    await this.settle();
  }

  /** Runs what is due when the store knows what time it is. */
  withStoreAtNow(run: () => void): void {
    const { now } = this;
    this.#work = this.#work.then(() => this.#setStore(now)).then(run);
  }

  /** Resolves when no job is running. */
  async settle(): Promise<void> {
    for (let seen: unknown; seen !== this.#work;) {
      seen = this.#work;
      await this.#work;
      await turn();
      await Promise.all(this.#hosts.map((host) => host.idle()));
    }
  }

  async close(): Promise<void> {
    await this.settle();
    await Promise.all(this.#hosts.map((host) => host.stop()));
    await this.#close();
  }
}
