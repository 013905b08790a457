import type { AttemptReport, Claim, CommittedBatch, RunObserver } from '@gamekeeper/core';
import { Progress } from './terminal/progress.ts';
import type { Output } from './terminal/terminal.ts';
import { formatQuantity, formatInstant } from './terminal/format.ts';

/** Shows the progress of runs at a terminal. */
export class RunProgress implements RunObserver {
  readonly #progress: Progress;
  #total: number | null = null;
  #ended = 0;
  #processed = 0;

  constructor(stream: Output) {
    this.#progress = new Progress(stream, { quiet: true });
  }

  /** Sets the number of runs to expect. */
  expect(runs: number): void {
    this.#total = runs;
  }

  batchCommitted({ tick }: Claim, { processed }: CommittedBatch): void {
    this.#processed += processed;
    this.#show(tick);
  }

  runEnded({ tick }: AttemptReport): void {
    this.#ended += 1;
    this.#show(tick);
  }

  done(): void {
    this.#progress.done();
  }

  #show(tick: AttemptReport['tick']): void {
    const share = this.#total === null || this.#total === 0 ? 0 : this.#ended / this.#total;
    this.#progress.at(
      Math.min(1, share),
      () =>
        `${formatQuantity(this.#ended, 'run')} done, at ${formatInstant(tick)}, ${formatQuantity(this.#processed, 'item')}`,
    );
  }
}
