import { GamekeeperError } from '@gamekeeper/core';

/** The store did not respond in time. */
export class DashboardTimeoutError extends GamekeeperError<'DASHBOARD_TIMEOUT'> {
  constructor(timeoutMs: number) {
    super(
      'DASHBOARD_TIMEOUT',
      `The store did not respond within ${timeoutMs} ms; look at the database, then load the page again.`,
    );
  }
}

interface Entry {
  readonly value: Promise<unknown>;
  /** When the value becomes too old; while it is being read: never. */
  freshUntil: number;
  /** Until when it may be used although it is too old. */
  usableUntil: number;
}

const MOST_ENTRIES = 200;

/** How many values may be read again at once, and how long it takes until one more may be. */
const MOST_REPEATS = 5;
const REPEAT_MS = 1_000;

/** How old a value may become while others are read again. Milliseconds. */
const MOST_STALE_MS = 120_000;

/**
 * Values that many pages share: each is read once, however many ask for it at the same time, and again when it is too
 * old. However many pages are open, the store has the same work: if too many different ones are, each is read again less
 * often.
 */
export class SharedReads {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** How many values may be read again, as of an instant. */
  #repeats = { left: MOST_REPEATS, at: 0 };

  /** @param now a clock in milliseconds that cannot be set */
  constructor({
    timeoutMs,
    now = () => performance.now(),
  }: {
    readonly timeoutMs: number;
    readonly now?: () => number;
  }) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /**
   * Returns a value that is at most `maxAgeMs` old; if more than one value a second is read again, it may be up to two
   * minutes old.
   *
   * @throws {DashboardTimeoutError}, and what `read` throws; failures are not kept
   */
  get<Value>(key: string, maxAgeMs: number, read: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known && (this.#now() < known.freshUntil || !this.#mayRepeat(known)))
      return known.value as Promise<Value>;
    const value = this.#withTimeout(read());
    const entry: Entry = { value, freshUntil: Infinity, usableUntil: Infinity };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MOST_ENTRIES && !oldest.done) this.#entries.delete(oldest.value);
    value.then(
      () => this.#keep(entry, maxAgeMs),
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return value;
  }

  /** Forgets all values: an action has changed something. */
  clear(): void {
    this.#entries.clear();
  }

  #keep(entry: Entry, maxAgeMs: number): void {
    entry.freshUntil = this.#now() + maxAgeMs;
    entry.usableUntil = this.#now() + Math.max(maxAgeMs, MOST_STALE_MS);
  }

  /** Returns whether a value that is too old may be read again now. */
  #mayRepeat({ usableUntil }: Entry): boolean {
    const now = this.#now();
    const { left, at } = this.#repeats;
    const refilled = Math.min(MOST_REPEATS, left + (now - at) / REPEAT_MS);
    const may = refilled >= 1 || now >= usableUntil;
    this.#repeats = { left: may ? Math.max(0, refilled - 1) : refilled, at: now };
    return may;
  }

  async #withTimeout<Value>(reading: Promise<Value>): Promise<Value> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new DashboardTimeoutError(this.#timeoutMs)), this.#timeoutMs);
    try {
      return await Promise.race([reading, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
