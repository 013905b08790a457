import type { NamedScore, ScorePages } from '@gamekeeper/core/ports';

/** How many scores are read of the truth at once. */
const PAGE = 2_000;
/** How many a script is given at once, so that it keeps others waiting for a millisecond at most. */
const PART = 100;
/** How many scripts are on their way at once: Redis has the next one while the answer of the last is under way. */
const ON_THEIR_WAY = 8;

/**
 * Hands over the truth part by part, in its order, and reads the next page meanwhile. Answers `false`, and stops, when
 * a part was answered so.
 */
export async function inPages(
  truth: ScorePages,
  hand: (part: readonly NamedScore[]) => Promise<boolean>,
): Promise<boolean> {
  const handing = new Handing(hand);
  let next = truth({ limit: PAGE });
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    const isLast = page.length < PAGE || !last;
    if (!isLast) next = truth({ after: last, limit: PAGE });
    // It is awaited later, and must not count as unhandled until then.
    const settled = next.catch(() => undefined);
    try {
      for (let from = 0; from < page.length; from += PART) {
        if (!(await handing.begin(page.slice(from, from + PART)))) return false;
      }
      if (isLast) return await handing.end();
    } finally {
      // A transaction that it reads in is not to be left in the middle of a statement.
      await settled;
    }
  }
}

/** Parts that are handed over, several at a time. */
class Handing {
  readonly #hand: (part: readonly NamedScore[]) => Promise<boolean>;
  readonly #underWay = new Set<Promise<void>>();
  #refused = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(hand: (part: readonly NamedScore[]) => Promise<boolean>) {
    this.#hand = hand;
  }

  /** Begins with a part as soon as there is room. Answers `false`, and does not begin, after one that was refused. */
  async begin(part: readonly NamedScore[]): Promise<boolean> {
    if (this.#underWay.size >= ON_THEIR_WAY) await Promise.race(this.#underWay);
    if (this.#refused || this.#failure) return this.end();
    const handed = this.#hand(part)
      .then((taken) => void (this.#refused ||= !taken))
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => this.#underWay.delete(handed));
    this.#underWay.add(handed);
    return true;
  }

  /** Waits for all that was begun; whether none was refused. */
  async end(): Promise<boolean> {
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure.reason;
    return !this.#refused;
  }
}
