import type { NamedScore, ScorePages } from '@gamekeeper/core/ports';

/** Number of scores per page read from the database. */
const PAGE_SIZE = 2_000;
/** Number of scores per script call, so that a call blocks Redis for at most about a millisecond. */
const BATCH_SIZE = 200;
/** Number of concurrent script calls, so that Redis has the next one before the reply of the last has arrived. */
const MAX_IN_FLIGHT = 8;

/**
 * Passes all scores from the database to `handle` in batches, in board order, and prefetches the next page. Returns
 * `false` as soon as `handle` returns `false`.
 */
export async function forEachBatch(
  truth: ScorePages,
  hand: (part: readonly NamedScore[]) => Promise<boolean>,
): Promise<boolean> {
  const handing = new ConcurrentBatches(hand);
  let next = truth({ limit: PAGE_SIZE });
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    const isLast = page.length < PAGE_SIZE || !last;
    if (!isLast) next = truth({ after: last, limit: PAGE_SIZE });
    // It is awaited later, and must not count as an unhandled rejection until then.
    const settled = next.catch(() => undefined);
    try {
      for (let from = 0; from < page.length; from += BATCH_SIZE) {
        if (!(await handing.start(page.slice(from, from + BATCH_SIZE)))) return false;
      }
      if (isLast) return await handing.drain();
    } finally {
      // The page may be read in a transaction, which must not be left with a running statement.
      await settled;
    }
  }
}

/** Batches that are handled concurrently. */
class ConcurrentBatches {
  readonly #hand: (part: readonly NamedScore[]) => Promise<boolean>;
  readonly #inFlight = new Set<Promise<void>>();
  #refused = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(hand: (part: readonly NamedScore[]) => Promise<boolean>) {
    this.#hand = hand;
  }

  /**
   * Starts a batch as soon as there is room. Returns `false`, and does not start it, if an earlier batch returned
   * `false`.
   */
  async start(part: readonly NamedScore[]): Promise<boolean> {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
    if (this.#refused || this.#failure) return this.drain();
    const handed = this.#hand(part)
      .then((taken) => void (this.#refused ||= !taken))
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => this.#inFlight.delete(handed));
    this.#inFlight.add(handed);
    return true;
  }

  /** Waits for all started batches. Returns whether none returned `false`. */
  async drain(): Promise<boolean> {
    await Promise.all(this.#inFlight);
    if (this.#failure) throw this.#failure.reason;
    return !this.#refused;
  }
}
