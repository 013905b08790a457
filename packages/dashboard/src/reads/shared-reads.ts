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
}

const MOST_ENTRIES = 200;

/**
 * Values that many pages share: each is read once, however many ask for it at the same time, and again when it is too
 * old. However many pages are open, the store has the same work.
 */
export class SharedReads {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

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
   * Returns a value that is at most `maxAgeMs` old.
   *
   * @throws {DashboardTimeoutError}, and what `read` throws; failures are not kept
   */
  get<Value>(key: string, maxAgeMs: number, read: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known && this.#now() < known.freshUntil) return known.value as Promise<Value>;
    const value = this.#withTimeout(read());
    const entry: Entry = { value, freshUntil: Infinity };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MOST_ENTRIES && !oldest.done) this.#entries.delete(oldest.value);
    value.then(
      () => (entry.freshUntil = this.#now() + maxAgeMs),
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return value;
  }

  /** Forgets all values: an action has changed something. */
  clear(): void {
    this.#entries.clear();
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
