import { instant, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/** A clock that goes faster than the world's, and shows the same in every process that is given the same start. */
export class FastClock implements Clock {
  readonly #start: Instant;
  readonly #realStart: number;
  readonly #speed: number;

  constructor({
    start,
    realStart,
    speed,
  }: {
    readonly start: Instant;
    readonly realStart: number;
    readonly speed: number;
  }) {
    this.#start = start;
    this.#realStart = realStart;
    this.#speed = speed;
  }

  now(): Instant {
    return instant(this.#start + (Date.now() - this.#realStart) * this.#speed);
  }

  setTimer(at: Instant, run: () => void): Timer {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      timer = setTimeout(
        () => (this.now() >= at ? run() : wait()),
        Math.max(0, (at - this.now()) / this.#speed),
      );
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}
