import { type UserId } from '@gamekeeper/core';
import { type NamedScore, type Score, type ScorePages } from '@gamekeeper/core/ports';
import { compareScores } from '@gamekeeper/core/game';

/** What is compared with of a board as it was at some moment. */
export type BoardThen = Pick<SortedBoard, 'of' | 'countBefore'>;

/** A board of scores that only grow, kept in its order as a plain sorted list: what Redis is compared with. */
export class SortedBoard {
  readonly #sorted: NamedScore[];
  readonly #byUser: Map<UserId, NamedScore>;
  readonly #changes: { readonly held: NamedScore | undefined; readonly score: NamedScore }[] = [];

  constructor(scores: readonly NamedScore[]) {
    this.#sorted = [...scores].sort((a, b) => compareScores(a, b, 'latest'));
    this.#byUser = new Map(scores.map((score) => [score.userId, score]));
  }

  get size(): number {
    return this.#sorted.length;
  }

  get all(): readonly NamedScore[] {
    return this.#sorted;
  }

  /** The truth as a reconciliation reads it. */
  readonly pages: ScorePages = async ({ after, limit }) => {
    const from = after ? this.countThrough(after) : 0;
    return this.#sorted.slice(from, from + limit);
  };

  of(user: UserId): NamedScore | undefined {
    return this.#byUser.get(user);
  }

  set(score: NamedScore): void {
    const held = this.#byUser.get(score.userId);
    if (held && compareScores(held, score, 'latest') < 0) return;
    if (held) this.#sorted.splice(this.countBefore(held), 1);
    this.#sorted.splice(this.countBefore(score), 0, score);
    this.#byUser.set(score.userId, score);
    this.#changes.push({ held, score });
  }

  /** The board as it is now: told later from what has changed since, because copies of large boards take long. */
  snapshot(): BoardThen {
    const mark = this.#changes.length;
    const isBefore = (one: Score | undefined, place: Score): number =>
      one && compareScores(one, place, 'latest') < 0 ? 1 : 0;
    return {
      of: (user) => {
        const next = this.#changes.slice(mark).find(({ score }) => score.userId === user);
        return next ? next.held : this.of(user);
      },
      countBefore: (place) =>
        this.#changes
          .slice(mark)
          .reduce(
            (count, { held, score }) => count + isBefore(held, place) - isBefore(score, place),
            this.countBefore(place),
          ),
    };
  }

  /** How many places come before one. */
  countBefore(place: Score): number {
    return this.#search((one) => compareScores(one, place, 'latest') < 0);
  }

  /** How many places come before one or are it. */
  countThrough(place: Score): number {
    return this.#search((one) => compareScores(one, place, 'latest') <= 0);
  }

  #search(isBefore: (one: Score) => boolean): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (isBefore(this.#sorted[middle]!)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
