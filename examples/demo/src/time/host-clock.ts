import { addMs, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/** The shortest wait while the clock stands still: whoever asks it for the time gets no further. Milliseconds. */
const STOPPED_WAIT_MS = 1_000;

/** The clock of one machine: right, stopped, or gone with its process. */
export class HostClock implements Clock {
  readonly #world: Clock;
  #stoppedAt: Instant | null = null;
  #isGone = false;

  /** @param world the time of the demo */
  constructor(world: Clock) {
    this.#world = world;
  }

  get isStopped(): boolean {
    return this.#stoppedAt !== null;
  }

  now(): Instant {
    return this.#stoppedAt ?? this.#world.now();
  }

  /** Waits for as long as the clock says; a stopped clock still has timers that end, as a machine has. */
  setTimer(at: Instant, run: () => void): Timer {
    const least = this.isStopped ? STOPPED_WAIT_MS : 0;
    const waitMs = Math.max(at - this.now(), least);
    return this.#world.setTimer(addMs(this.#world.now(), waitMs), () => {
      if (!this.#isGone) run();
    });
  }

  /** From now on it shows this instant. */
  stop(): void {
    this.#stoppedAt ??= this.now();
  }

  /** It is right again. */
  set(): void {
    this.#stoppedAt = null;
  }

  /** No timer fires any more: the process is gone. */
  end(): void {
    this.#isGone = true;
  }
}
