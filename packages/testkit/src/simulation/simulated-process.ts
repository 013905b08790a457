import {
  MINUTE_MS,
  StoreUnavailableError,
  addMs,
  type Clock,
  type Instant,
  type Timer,
  type Transaction,
} from '@gamekeeper/core';
import { sleep } from '@gamekeeper/core/engine';
import type { CallFault, FaultBook } from './fault-book.ts';

/** A transaction that could not be serialized with others: it is rolled back. */
export class Conflict extends Error {}

/** What a process needs from the simulated world. */
export interface Surroundings {
  /** The true time, which is also the store's. */
  readonly clock: Clock;
  /** Returns until when the store cannot be reached. */
  readonly outageUntil: () => number;
  /** Applies a fault at a call: it may kill or suspend the process, throw, or take time. */
  readonly strike: (process: SimulatedProcess, fault: CallFault, args: readonly unknown[]) => Promise<void>;
}

/** One process of an instance: it can be killed, suspended and cut off from the store, at any call. */
export class SimulatedProcess {
  readonly name: string;
  /** The machine's clock: wrong by its skew; its timers stop while the process is suspended. */
  readonly clock: Clock;
  readonly faults: FaultBook;
  readonly #world: Surroundings;
  readonly #openTransactions = new Set<(reason: unknown) => void>();
  readonly #timers = new Set<ProcessTimer>();
  #skewMs: number;
  #alive = true;
  #standsUntil: Instant;
  #cutOffUntil: Instant;

  constructor(
    name: string,
    { skewMs, faults, world }: { skewMs: number; faults: FaultBook; world: Surroundings },
  ) {
    this.name = name;
    this.faults = faults;
    this.#world = world;
    this.#skewMs = skewMs;
    this.#standsUntil = this.#cutOffUntil = world.clock.now();
    this.clock = {
      now: () => addMs(world.clock.now(), this.#skewMs),
      setTimer: (at, run) => this.#setTimer(at, run),
    };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Returns whether it can handle a player's request now. */
  get isUp(): boolean {
    return this.#isUndisturbed();
  }

  /** Sets how far its clock is ahead of the true time from now on. Pending timers notice within a minute. */
  jumpClock(skewMs: number): void {
    this.#skewMs = skewMs;
    for (const timer of this.#timers) timer.arm();
  }

  /** Kills the process: no call returns, no timer fires, open transactions are rolled back. */
  kill(): void {
    this.#alive = false;
    this.loseTransactions();
  }

  /** Suspends the process. The server closes its connections meanwhile, and open transactions are rolled back. */
  standStill(ms: number): void {
    this.#standsUntil = latest(this.#standsUntil, addMs(this.#world.clock.now(), ms));
    this.loseTransactions();
  }

  /** Cuts the process off from the store. */
  cutOff(ms: number): void {
    this.#cutOffUntil = latest(this.#cutOffUntil, addMs(this.#world.clock.now(), ms));
    this.loseTransactions();
  }

  /** Rolls back all open transactions of the process. */
  loseTransactions(): void {
    const open = [...this.#openTransactions];
    this.#openTransactions.clear();
    for (const lose of open) lose(lost);
  }

  /** Makes a call of a port, unless the process or its connection fails. */
  async call<Result>(name: string, args: readonly unknown[], invoke: () => Promise<Result>): Promise<Result> {
    const fault = this.#alive ? this.faults.count(name) : undefined;
    if (fault || !this.#isUndisturbed()) await this.#before(fault, args);
    let result: Result;
    try {
      result = await invoke();
    } catch (error) {
      if (!this.#isUndisturbed()) await this.#gate();
      throw error;
    }
    if (fault || !this.#isUndisturbed()) await this.#after(fault, args);
    return result;
  }

  /** Runs work in an open transaction; rejects, and so rolls it back, as soon as the process loses the connection. */
  inTransaction<Result>(tx: Transaction, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.#isUndisturbed()) return reject(lost);
      this.#openTransactions.add(reject);
      work(tx)
        .finally(() => this.#openTransactions.delete(reject))
        .then(resolve, reject);
    });
  }

  /** The error of a call whose connection breaks. */
  get connectionLost(): StoreUnavailableError {
    return lost;
  }

  /** Waits in true time. */
  wait(ms: number): Promise<void> {
    return sleep(this.#world.clock, ms);
  }

  async #before(fault: CallFault | undefined, args: readonly unknown[]): Promise<void> {
    await this.#gate();
    // A transient error has had no effect: otherwise the adapter would have to report an unknown outcome.
    const strikes = fault?.at.side === 'before' || fault?.what.kind === 'error';
    if (fault && strikes) await this.#world.strike(this, fault, args);
    await this.#gate();
    this.#assertConnected();
  }

  async #after(fault: CallFault | undefined, args: readonly unknown[]): Promise<void> {
    const strikes = fault?.at.side === 'after' && fault.what.kind !== 'error' && this.#alive;
    if (fault && strikes) await this.#world.strike(this, fault, args);
    await this.#gate();
    this.#assertConnected();
  }

  /** Resolves when the process can continue; never if it is dead. */
  async #gate(): Promise<void> {
    for (;;) {
      if (!this.#alive) await new Promise<never>(() => undefined);
      const ms = this.#standsUntil - this.#world.clock.now();
      if (ms <= 0) return;
      await this.wait(ms);
    }
  }

  #isUndisturbed(): boolean {
    const now = this.#world.clock.now();
    return (
      this.#alive && this.#standsUntil <= now && this.#cutOffUntil <= now && this.#world.outageUntil() <= now
    );
  }

  #assertConnected(): void {
    const now = this.#world.clock.now();
    if (this.#cutOffUntil > now) throw cut;
    if (this.#world.outageUntil() > now) throw down;
  }

  #setTimer(at: Instant, run: () => void): Timer {
    const { clock } = this.#world;
    let armed: Timer | undefined;
    let firesAt: Instant | null = null;
    const fire = (): void => {
      if (!this.#alive) return void this.#timers.delete(timer);
      if (this.#standsUntil > clock.now()) return armAt(this.#standsUntil);
      this.#timers.delete(timer);
      run();
    };
    const armAt = (instant: Instant): void => {
      armed?.cancel();
      firesAt = instant;
      armed = clock.setTimer(instant, fire);
    };
    const timer: ProcessTimer = {
      // A platform's timer uses elapsed time; the clock is checked once a minute.
      arm: () => {
        const due = addMs(at, -this.#skewMs);
        const nextLook = addMs(clock.now(), MINUTE_MS);
        const soonest = firesAt !== null && firesAt < nextLook ? firesAt : nextLook;
        armAt(firesAt === null || due >= soonest ? due : soonest);
      },
    };
    this.#timers.add(timer);
    timer.arm();
    return {
      cancel: () => {
        this.#timers.delete(timer);
        armed?.cancel();
      },
    };
  }
}

/** A timer on the process's clock. */
interface ProcessTimer {
  /** Recomputes when it fires. */
  readonly arm: () => void;
}

/** The errors of failing connections. Created once: a history has many, and their stacks are useless. */
const cut = storeIsAway('the network is cut');
const down = storeIsAway('the server is down');
const lost = storeIsAway('the connection was lost');

function storeIsAway(reason: string): StoreUnavailableError {
  return new StoreUnavailableError('the simulated store', new Error(reason));
}

function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
