import { iso, type Instant } from '@gamekeeper/core';

const WIDTH = 30;
const REDRAW_MS = 100;

/** Shows how far a replay is: a bar on a terminal, a line per tenth elsewhere. Writes to standard error. */
export class Progress {
  readonly #from: Instant;
  readonly #to: Instant;
  readonly #terminal = process.stderr.isTTY;
  #drawnAt = 0;
  #tenths = 0;

  constructor(from: Instant, to: Instant) {
    this.#from = from;
    this.#to = to;
  }

  at(now: Instant, runs: number): void {
    const share = this.#to > this.#from ? (now - this.#from) / (this.#to - this.#from) : 1;
    const text = `${String(Math.floor(share * 100)).padStart(3)} %  ${iso(now).slice(0, 10)}  ${runs.toLocaleString('en')} runs`;
    if (this.#terminal) this.#draw(share, text);
    else if (Math.floor(share * 10) > this.#tenths) {
      this.#tenths = Math.floor(share * 10);
      process.stderr.write(`${text}\n`);
    }
  }

  done(): void {
    if (this.#terminal) process.stderr.write('\r\x1b[K');
  }

  #draw(share: number, text: string): void {
    if (Date.now() - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = Date.now();
    const filled = Math.round(share * WIDTH);
    process.stderr.write(`\r\x1b[K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}`);
  }
}
