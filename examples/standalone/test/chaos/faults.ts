import { setTimeout as pause } from 'node:timers/promises';
import type { CrashableServer } from '../../../../test/servers/postgres.ts';
import type { RestartablePooler } from '../../../../test/servers/pgbouncer.ts';
import type { Queue } from './carrier.ts';
import type { Cast } from './cast.ts';
import type { Stranger } from './stranger.ts';

/** How often each comes, of a thousand, once all of them have come. */
const shares = {
  kill: 250,
  stop: 250,
  drop: 140,
  restart: 60,
  pooler: 50,
  clock: 100,
  lock: 100,
  empty: 50,
} as const;
type Fault = keyof typeof shares;
const kinds = Object.keys(shares) as readonly Fault[];

/** How often each was done; the stranger counts the locks. */
type Damage = Record<Exclude<Fault, 'lock'>, number>;

/** Does something to a host, to its connections or to the server again and again, by a seeded plan in real time. */
export class Faults {
  readonly damage: Damage = { kill: 0, stop: 0, drop: 0, restart: 0, pooler: 0, clock: 0, empty: 0 };
  readonly #random: () => number;
  readonly #cast: Cast;
  readonly #server: CrashableServer;
  readonly #pooler: RestartablePooler | null;
  readonly #stranger: Stranger;
  readonly #skewMs: number;
  readonly #lockMs: number;
  readonly #dropConnections: (share: number) => Promise<number>;
  readonly #queue: Queue;
  readonly #ending = new AbortController();
  /** The kinds that have done no damage yet. */
  #toCome: readonly Fault[];

  constructor({
    random,
    cast,
    server,
    pooler,
    stranger,
    skewMs,
    lockMs,
    dropConnections,
    queue,
  }: {
    readonly random: () => number;
    readonly cast: Cast;
    readonly server: CrashableServer;
    readonly pooler: RestartablePooler | null;
    readonly stranger: Stranger;
    /** By how much a clock is set wrong; 0 for never. */
    readonly skewMs: number;
    /** For how long rows are locked; 0 for never. */
    readonly lockMs: number;
    /** Ends a share of all connections to the server. Answers how many. */
    readonly dropConnections: (share: number) => Promise<number>;
    readonly queue: Queue;
  }) {
    this.#random = random;
    this.#cast = cast;
    this.#server = server;
    this.#pooler = pooler;
    this.#stranger = stranger;
    this.#skewMs = skewMs;
    this.#lockMs = lockMs;
    this.#dropConnections = dropConnections;
    this.#queue = queue;
    this.#toCome = kinds.filter((kind) => this.#isPossible(kind));
  }

  /** Whether each kind has done its damage at least once. */
  get haveAllCome(): boolean {
    return this.#toCome.length === 0;
  }

  /** Goes on until `end`. */
  async go(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      // Each of them once and soon, so that the shortest run has seen them all; then as it comes.
      await this.#wait(200 + this.#random() * (this.haveAllCome ? 1_300 : 500));
      if (this.#ending.signal.aborted) return;
      const [due, ...others] = this.#toCome;
      await this.#strike(due ?? this.#any());
      // One that met nobody has its turn again after the others.
      if (due) this.#toCome = this.#count(due) > 0 ? others : [...others, due];
    }
  }

  end(): void {
    this.#ending.abort();
  }

  #isPossible(fault: Fault): boolean {
    const impossible: Partial<Record<Fault, boolean>> = {
      pooler: this.#pooler === null,
      clock: this.#skewMs === 0,
      lock: this.#lockMs === 0,
      empty: this.#queue.place.carrier === 'none',
    };
    return impossible[fault] !== true;
  }

  #count(fault: Fault): number {
    return fault === 'lock' ? this.#stranger.locks.count : this.damage[fault];
  }

  #any(): Fault {
    let mood = this.#random() * 1_000;
    return kinds.find((kind) => (mood -= shares[kind]) < 0) ?? 'kill';
  }

  async #strike(fault: Fault): Promise<void> {
    switch (fault) {
      case 'kill':
        return this.#kill();
      case 'stop':
        return this.#stop();
      case 'drop':
        return this.#drop();
      case 'restart':
        return this.#restart();
      case 'pooler':
        return this.#restartPooler();
      case 'clock':
        return this.#turnClock();
      case 'empty':
        if (await this.#queue.empty()) this.damage.empty += 1;
        return;
      case 'lock':
        if (this.#lockMs > 0) this.#stranger.lockRows(this.#lockMs, this.#ending.signal);
    }
  }

  async #kill(): Promise<void> {
    const victim = this.#victim();
    if (!victim) return;
    this.damage.kill += 1;
    await victim.kill();
  }

  /** Half an hour goes by at every step, so any stop outlasts the lease. */
  async #stop(): Promise<void> {
    const victim = this.#victim();
    if (!victim) return;
    this.damage.stop += 1;
    victim.freeze();
    await this.#wait(150 + this.#random() * 1_000);
    victim.thaw();
  }

  async #drop(): Promise<void> {
    this.damage.drop += await this.#dropConnections(this.#random());
  }

  async #restart(): Promise<void> {
    this.damage.restart += 1;
    await this.#server.crash();
  }

  async #restartPooler(): Promise<void> {
    if (!this.#pooler) return;
    this.damage.pooler += 1;
    await this.#pooler.restart();
  }

  #turnClock(): void {
    if (this.#skewMs === 0) return;
    this.damage.clock += 1;
    this.#cast.turnClock(this.#skewMs);
  }

  #victim() {
    const started = this.#cast.hosts.filter((host) => host.hasStarted);
    return started[Math.floor(this.#random() * started.length)];
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
