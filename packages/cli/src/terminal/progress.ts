import type { Output } from './terminal.ts';

const WIDTH = 30;
const REDRAW_MS = 100;

/** Shows progress on standard error: a bar at a terminal, otherwise one line per 10 %. */
export class Progress {
  readonly #stream: Output;
  readonly #quiet: boolean;
  #drawnAt = 0;
  #tenths = 0;

  /** @param options.quiet shows nothing if standard error is not a terminal */
  constructor(stream: Output, { quiet = false }: { readonly quiet?: boolean } = {}) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  /**
   * @param share from 0 to 1
   * @param words called only if something is shown
   */
  at(share: number, words: () => string): void {
    const text = (): string => `${String(Math.floor(share * 100)).padStart(3)} %  ${words()}`;
    if (this.#stream.isTTY) this.#draw(share, text);
    else if (!this.#quiet && Math.floor(share * 10) > this.#tenths) {
      this.#tenths = Math.floor(share * 10);
      this.#stream.write(`${text()}\n`);
    }
  }

  /** Removes the bar. */
  done(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }

  #draw(share: number, words: () => string): void {
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const text = words();
    const filled = Math.round(Math.min(1, share) * WIDTH);
    const room = (this.#stream.columns ?? 80) - 1;
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} `;
    this.#stream.write(`\r\u001b[K${room > WIDTH + text.length ? bar : ''}${text.slice(0, room)}`);
  }
}
