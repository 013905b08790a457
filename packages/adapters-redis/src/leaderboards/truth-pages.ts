import type { NamedScore, ScorePages } from '@gamekeeper/core';

/** How many scores are read of the truth at once: few enough that PostgreSQL looks up each name by its index. */
const PAGE = 1_000;
/** How many a script is given at once, so that it keeps others waiting for a millisecond at most. */
const PART = 100;
/** How many scripts are on their way at once. */
const ON_THEIR_WAY = 8;

/**
 * Hands over the truth part by part, in its order, and reads the next page meanwhile. Answers `false`, and stops, when
 * a part was answered so.
 */
export async function inPages(
  truth: ScorePages,
  hand: (part: readonly NamedScore[]) => Promise<boolean>,
): Promise<boolean> {
  let next = truth({ limit: PAGE });
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    const isLast = page.length < PAGE || !last;
    if (!isLast) next = truth({ after: last, limit: PAGE });
    // It is awaited later, and must not count as unhandled until then.
    const settled = next.catch(() => undefined);
    try {
      if (!(await inParts(page, hand))) return false;
      if (isLast) return true;
    } finally {
      // A transaction that it reads in is not to be left in the middle of a statement.
      await settled;
    }
  }
}

async function inParts(
  page: readonly NamedScore[],
  hand: (part: readonly NamedScore[]) => Promise<boolean>,
): Promise<boolean> {
  for (let index = 0; index < page.length; index += PART * ON_THEIR_WAY) {
    const parts = Array.from({ length: ON_THEIR_WAY }, (_, nth) => index + nth * PART)
      .filter((from) => from < page.length)
      .map((from) => hand(page.slice(from, from + PART)));
    const answers = await Promise.allSettled(parts);
    for (const answer of answers) {
      if (answer.status === 'rejected') throw answer.reason;
      if (!answer.value) return false;
    }
  }
  return true;
}
