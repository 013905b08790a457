import {
  InvalidOptionError,
  instant,
  type Clock,
  type Instant,
  type InstantLike,
  type Timer,
} from '@gamekeeper/core';
import { givenFunction, knownOptions } from '@gamekeeper/core/engine';

interface VirtualClockOptions {
  readonly settle?: () => Promise<void>;
  readonly beforeMove?: (to: Instant) => Promise<void>;
}

interface Pending {
  readonly at: Instant;
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that a test controls: time does not move until it is advanced; then every due timer fires in order, each at
 * its own instant.
 */
export class VirtualClock implements Clock {
  #now: Instant;
  #order = 0;
  #pending: Pending[] = [];
  readonly #settle: () => Promise<void>;
  readonly #beforeMove: (to: Instant) => Promise<void>;

  /**
   * @param start the initial time
   * @param options.settle what to wait for after each timer, so that the work it started can continue and set timers
   *   of its own before time moves on; default: one turn of the event loop
   * @param options.beforeMove called with each instant before an advance moves time to it, for example to move another
   *   clock first; default: nothing
   * @throws {InvalidOptionError} {@link InvalidInstantError}
   */
  constructor(start: InstantLike, options: VirtualClockOptions = {}) {
    this.#now = instant(start);
    const { settle = turn, beforeMove = nothing } = knownOptions(options, ['settle', 'beforeMove']);
    this.#settle = givenFunction('settle', settle);
    this.#beforeMove = givenFunction('beforeMove', beforeMove);
  }

  now(): Instant {
    return this.#now;
  }

  setTimer(at: Instant, run: () => void): Timer {
    givenFunction('run', run);
    const pending = { at: instant(at), order: (this.#order += 1), run };
    this.#pending.push(pending);
    return { cancel: () => void this.#remove(pending) };
  }

  /** The number of pending timers. */
  get timers(): number {
    return this.#pending.length;
  }

  /** The instant of the next timer, or `null`. */
  get nextTimerAt(): Instant | null {
    return this.#first()?.at ?? null;
  }

  /** Advances by a number of milliseconds; see {@link advanceTo}. */
  async advanceBy(ms: number): Promise<void> {
    if (typeof ms !== 'number') throw new InvalidOptionError('ms', ms, 'must be a number of milliseconds');
    return this.advanceTo(this.#now + ms);
  }

  /**
   * Moves time forward to an instant and fires every timer up to and including it, also those set on the way. An error
   * thrown by a timer ends the advance.
   *
   * @throws {RangeError} if the instant is in the past
   */
  async advanceTo(target: InstantLike): Promise<void> {
    const end = instant(target);
    if (end < this.#now) throw new RangeError('a virtual clock does not run backwards; use jumpTo');
    await this.#settle();
    for (let first = this.#first(); first && first.at <= end; first = this.#first()) {
      if (first.at > this.#now) {
        await this.#moveTo(first.at);
        // The timer may have been cancelled meanwhile.
        continue;
      }
      this.#remove(first);
      first.run();
      await this.#settle();
    }
    if (end > this.#now) await this.#moveTo(end);
  }

  async #moveTo(at: Instant): Promise<void> {
    await this.#beforeMove(at);
    this.#now = at;
  }

  /**
   * Sets the time without firing timers, forwards or backwards: like a machine that was suspended, or whose clock was
   * corrected. Timers whose instants have passed fire at the next advance.
   */
  jumpTo(target: InstantLike): void {
    this.#now = instant(target);
  }

  #first(): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (!first || pending.at < first.at || (pending.at === first.at && pending.order < first.order))
        first = pending;
    }
    return first;
  }

  #remove(pending: Pending): void {
    const index = this.#pending.indexOf(pending);
    if (index >= 0) this.#pending.splice(index, 1);
  }
}

async function nothing(): Promise<void> {}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
