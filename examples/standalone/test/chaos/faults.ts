import { setTimeout as pause } from 'node:timers/promises';
import type { CrashableServer } from '../../../../test/servers/postgres.ts';
import type { Cast } from './cast.ts';

/** What was done to the processes. */
export interface Damage {
  kills: number;
  stops: number;
  drops: number;
  restarts: number;
}

const kinds = ['kill', 'stop', 'drop', 'restart'] as const;
type Fault = (typeof kinds)[number];

/** Does something to a host, to its connections or to the server again and again, by a seeded plan in real time. */
export class Faults {
  readonly damage: Damage = { kills: 0, stops: 0, drops: 0, restarts: 0 };
  readonly #random: () => number;
  readonly #cast: Cast;
  readonly #server: CrashableServer;
  readonly #dropConnections: (share: number) => Promise<number>;
  readonly #ending = new AbortController();

  constructor({
    random,
    cast,
    server,
    dropConnections,
  }: {
    readonly random: () => number;
    readonly cast: Cast;
    readonly server: CrashableServer;
    /** Ends a share of all connections to the server. Answers how many. */
    readonly dropConnections: (share: number) => Promise<number>;
  }) {
    this.#random = random;
    this.#cast = cast;
    this.#server = server;
    this.#dropConnections = dropConnections;
  }

  /** Goes on until `end`. */
  async go(): Promise<void> {
    const first = [...kinds];
    while (!this.#ending.signal.aborted) {
      await this.#wait(200 + this.#random() * 1_300);
      if (this.#ending.signal.aborted) return;
      // Each of them once, so that the shortest run has seen them all; then as it comes.
      await this.#strike(first.shift() ?? this.#any());
    }
  }

  end(): void {
    this.#ending.abort();
  }

  #any(): Fault {
    const mood = this.#random();
    if (mood < 0.35) return 'kill';
    if (mood < 0.7) return 'stop';
    return mood < 0.92 ? 'drop' : 'restart';
  }

  #strike(fault: Fault): Promise<void> {
    switch (fault) {
      case 'kill':
        return this.#kill();
      case 'stop':
        return this.#stop();
      case 'drop':
        return this.#drop();
      case 'restart':
        return this.#restart();
    }
  }

  async #kill(): Promise<void> {
    const victim = this.#victim();
    if (!victim) return;
    this.damage.kills += 1;
    await victim.kill();
  }

  /** Half an hour goes by at every step, so any stop outlasts the lease. */
  async #stop(): Promise<void> {
    const victim = this.#victim();
    if (!victim) return;
    this.damage.stops += 1;
    victim.freeze();
    await this.#wait(150 + this.#random() * 1_000);
    victim.thaw();
  }

  async #drop(): Promise<void> {
    this.damage.drops += await this.#dropConnections(this.#random());
  }

  async #restart(): Promise<void> {
    this.damage.restarts += 1;
    await this.#server.crash();
  }

  #victim() {
    const started = this.#cast.hosts.filter((host) => host.hasStarted);
    return started[Math.floor(this.#random() * started.length)];
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
