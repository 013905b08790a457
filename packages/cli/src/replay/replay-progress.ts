import { iso, type Instant } from '@gamekeeper/core';
import { Progress } from '../terminal/progress.ts';
import type { Output } from '../terminal/terminal.ts';

/** Shows the progress of a replay: a bar at a terminal, otherwise one line per 10 %. */
export class ReplayProgress {
  readonly #progress: Progress;
  readonly #from: Instant;
  readonly #to: Instant;

  constructor(stream: Output, from: Instant, to: Instant) {
    this.#progress = new Progress(stream);
    this.#from = from;
    this.#to = to;
  }

  at(now: Instant, runs: number): void {
    const share = this.#to > this.#from ? (now - this.#from) / (this.#to - this.#from) : 1;
    this.#progress.at(share, () => `${iso(now).slice(0, 10)}  ${runs.toLocaleString('en')} runs`);
  }

  done(): void {
    this.#progress.done();
  }
}
