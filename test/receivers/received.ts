import { EventEmitter, once } from 'node:events';

/** What a local server was sent, in the order in which it came. */
export class Received<Item> {
  readonly items: Item[] = [];
  readonly #arrivals = new EventEmitter();

  add(item: Item): void {
    this.items.push(item);
    this.#arrivals.emit('arrival');
  }

  /** Waits until so many have come and answers them. The test's own time limit is the bound. */
  async first(count: number): Promise<readonly Item[]> {
    while (this.items.length < count) await once(this.#arrivals, 'arrival');
    return this.items.slice(0, count);
  }
}
