import type { NamedScore, ScorePages } from '@gamekeeper/core/ports';

/** How many scores are read of the truth at once. */
const PAGE_SIZE = 2_000;
/** How many a script is given at once, so that it keeps others waiting for a millisecond at most. */
const BATCH_SIZE = 100;
/** How many scripts are on their way at once: Redis has the next one while the answer of the last is under way. */
const MAX_IN_FLIGHT = 8;

/**
 * Hands over the truth part by part, in its order, and reads the next page meanwhile. Answers `false`, and stops, when
 * a part was answered so.
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
    // It is awaited later, and must not count as unhandled until then.
    const settled = next.catch(() => undefined);
    try {
      for (let from = 0; from < page.length; from += BATCH_SIZE) {
        if (!(await handing.start(page.slice(from, from + BATCH_SIZE)))) return false;
      }
      if (isLast) return await handing.drain();
    } finally {
      // A transaction that it reads in is not to be left in the middle of a statement.
      await settled;
    }
  }
}

/** Parts that are handed over, several at a time. */
class ConcurrentBatches {
  readonly #hand: (part: readonly NamedScore[]) => Promise<boolean>;
  readonly #inFlight = new Set<Promise<void>>();
  #refused = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(hand: (part: readonly NamedScore[]) => Promise<boolean>) {
    this.#hand = hand;
  }

  /** Begins with a part as soon as there is room. Answers `false`, and does not begin, after one that was refused. */
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

  /** Waits for all that was begun; whether none was refused. */
  async drain(): Promise<boolean> {
    await Promise.all(this.#inFlight);
    if (this.#failure) throw this.#failure.reason;
    return !this.#refused;
  }
}
