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

/** A transaction that could not be put in an order with those of others: nothing of it is left. */
export class Conflict extends Error {}

/** What a process asks of the world around it. */
export interface Surroundings {
  /** The true time, which is also that of the store. */
  readonly clock: Clock;
  /** Until when nobody reaches the store. */
  readonly outageUntil: () => number;
  /** Has a fault strike at a call: may kill or pause the process, throw, or take time. */
  readonly strike: (process: SimulatedProcess, fault: CallFault, args: readonly unknown[]) => Promise<void>;
}

/** One process that an instance runs in: it can be killed, stand still and lose the store, at any call. */
export class SimulatedProcess {
  readonly name: string;
  /** The machine's clock: off by its skew, and its timers stand still with the process. */
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

  /** Whether it can answer a player now. */
  get isUp(): boolean {
    return this.#isUndisturbed();
  }

  /** Has its clock be ahead of the true time by so much from now on. What waits on it finds out within a minute. */
  jumpClock(skewMs: number): void {
    this.#skewMs = skewMs;
    for (const timer of this.#timers) timer.arm();
  }

  /** Dies: no call is answered any more, no timer fires, open transactions are undone. */
  kill(): void {
    this.#alive = false;
    this.loseTransactions();
  }

  /** Stands still. The server gives up the connections meanwhile, and open transactions are undone. */
  standStill(ms: number): void {
    this.#standsUntil = latest(this.#standsUntil, addMs(this.#world.clock.now(), ms));
    this.loseTransactions();
  }

  /** Does not reach the store. */
  cutOff(ms: number): void {
    this.#cutOffUntil = latest(this.#cutOffUntil, addMs(this.#world.clock.now(), ms));
    this.loseTransactions();
  }

  /** Loses what is open on the store: it is undone. */
  loseTransactions(): void {
    const open = [...this.#openTransactions];
    this.#openTransactions.clear();
    for (const lose of open) lose(lost);
  }

  /** Makes a call of a port, unless the process or its connection is not up to it. */
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

  /** Does work in an open transaction; rejects, and so has it undone, as soon as the process loses the connection. */
  inTransaction<Result>(tx: Transaction, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.#isUndisturbed()) return reject(lost);
      this.#openTransactions.add(reject);
      work(tx)
        .finally(() => this.#openTransactions.delete(reject))
        .then(resolve, reject);
    });
  }

  /** What a call throws whose connection breaks. */
  get connectionLost(): StoreUnavailableError {
    return lost;
  }

  /** Waits in true time. */
  wait(ms: number): Promise<void> {
    return sleep(this.#world.clock, ms);
  }

  async #before(fault: CallFault | undefined, args: readonly unknown[]): Promise<void> {
    await this.#gate();
    // An error that may pass has had no effect: otherwise the adapter would have to say that it does not know.
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

  /** Passes when the process can go on; never, when it is dead. */
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
      // A platform's timer runs by elapsed time, and the clock is looked at once a minute.
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

/** A timer that waits on the process's clock. */
interface ProcessTimer {
  /** Works out anew when it fires. */
  readonly arm: () => void;
}

/** What calls throw whose connection fails. Made once: there are many in a history, and a stack tells nothing here. */
const cut = storeIsAway('the network is cut');
const down = storeIsAway('the server is down');
const lost = storeIsAway('the connection was lost');

function storeIsAway(reason: string): StoreUnavailableError {
  return new StoreUnavailableError('the simulated store', new Error(reason));
}

function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
