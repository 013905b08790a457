import type { JobHost } from '@gamekeeper/composition';
import type { DomainEvent, InstantLike } from '@gamekeeper/core';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { spanMs, type TimeSpan } from './time-span.ts';

/** What a {@link TestHost} is made of. */
export interface TestHostParts {
  readonly host: JobHost;
  readonly clock: VirtualClock;
  readonly events: readonly DomainEvent[];
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<boolean>;
}

/** A host on a virtual clock, for one test. Created by `testHost`. */
export class TestHost implements AsyncDisposable {
  readonly host: JobHost;
  /** The host's clock: `clock.now()`, `clock.advanceTo`. Its `jumpTo` waits for nothing, and leaves the store's clock. */
  readonly clock: VirtualClock;
  /** The events delivered to the bus so far, in this order; what was delivered twice is there twice. */
  readonly events: readonly DomainEvent[];
  readonly #settle: () => Promise<void>;
  readonly #stop: () => Promise<boolean>;

  /** @internal */
  constructor({ host, clock, events, settle, stop }: TestHostParts) {
    this.host = host;
    this.clock = clock;
    this.events = events;
    this.#settle = settle;
    this.#stop = stop;
  }

  /**
   * Moves time forward by a span, or by milliseconds; see {@link advanceTo}.
   *
   * @throws {InvalidOptionError} {@link HostNotSettledError}
   */
  async advance(span: TimeSpan | number): Promise<void> {
    await this.clock.advanceBy(spanMs(span));
    await this.#settle();
  }

  /**
   * Moves time forward to an instant, the store's clock with it, and lets everything end that becomes due: each tick at
   * its own instant, with its events delivered before time moves on.
   *
   * @throws {RangeError} if the instant is in the past
   * @throws {HostNotSettledError} if something due does not end
   */
  async advanceTo(target: InstantLike): Promise<void> {
    await this.clock.advanceTo(target);
    await this.#settle();
  }

  /**
   * Lets everything end that is due now, and delivers waiting events, without moving time.
   *
   * @throws {HostNotSettledError}
   */
  settle(): Promise<void> {
    return this.#settle();
  }

  /**
   * Stops the host; the store's clock runs again. What does not end within the option `settleTimeoutMs` is abandoned.
   * Returns whether everything had ended.
   */
  stop(): Promise<boolean> {
    return this.#stop();
  }

  /** Calls {@link stop} at the end of the block in which the test host was declared with `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
