import { type AwardId, type Standing, type UserId, type XpAward } from '@gamekeeper/core';
import { type BoardPeriod, type BoundedPeriod, type Score } from '@gamekeeper/core/ports';
import { ranked } from './rankings-harness.ts';

/** What is known of one period of a board. */
interface Sheet {
  readonly at: BoardPeriod;
  readonly scores: Map<UserId, Score>;
  archive: readonly Standing[] | null;
  sealed: boolean;
}

/** Leaderboards by the rules alone, on plain maps. */
export class UndisturbedBoards {
  readonly #awards = new Map<AwardId, XpAward>();
  readonly #sheets = new Map<string, Sheet>();

  /** Counts an award. Returns whether it is new, and the boards for which it came too late. */
  award(
    given: XpAward,
    filings: readonly BoardPeriod[],
  ): { readonly counted: boolean; readonly late: readonly string[] } {
    if (this.#awards.has(given.awardId)) return { counted: false, late: [] };
    this.#awards.set(given.awardId, given);
    const late = filings.filter((at) => this.#isClosed(at));
    for (const at of filings) if (!late.includes(at)) add(this.#sheet(at).scores, given);
    return { counted: true, late: late.map(({ board }) => board.key) };
  }

  seal(at: BoardPeriod): void {
    this.#sheet(at).sealed = true;
  }

  archive(at: BoardPeriod): void {
    const sheet = this.#sheet(at);
    sheet.archive = ranked([...sheet.scores.values()], at.board.tieBreak).filter(({ score }) => score > 0);
  }

  carryOver({ board, period }: BoardPeriod, to: BoundedPeriod): void {
    const next = this.#sheet({ board, period: to });
    if (next.sealed) return;
    for (const userId of this.#sheet({ board, period }).scores.keys())
      if (!next.scores.has(userId)) next.scores.set(userId, { userId, score: 0, lastXpAt: null });
  }

  clear(at: BoardPeriod): void {
    this.#sheet(at).scores.clear();
  }

  /** Returns every period for which an award was counted, or that a step of a reset has changed. */
  sheets(): readonly Readonly<Sheet>[] {
    return [...this.#sheets.values()];
  }

  awards(): readonly XpAward[] {
    return [...this.#awards.values()];
  }

  /** Returns whether a period is sealed, or is earlier than a sealed one. */
  #isClosed({ board, period }: BoardPeriod): boolean {
    return this.sheets().some(({ sealed, at }) => {
      if (!sealed || at.board.key !== board.key) return false;
      return at.period.key === period.key || (period.endsAt !== null && at.period.startsAt! >= period.endsAt);
    });
  }

  #sheet(at: BoardPeriod): Sheet {
    const name = `${at.board.key} ${at.period.key}`;
    const known = this.#sheets.get(name);
    if (known) return known;
    const fresh: Sheet = { at, scores: new Map(), archive: null, sealed: false };
    this.#sheets.set(name, fresh);
    return fresh;
  }
}

function add(scores: Map<UserId, Score>, { userId, amount, earnedAt }: XpAward): void {
  const before = scores.get(userId);
  const last = before?.lastXpAt ?? null;
  const isLatest = amount > 0 && (last === null || last < earnedAt);
  scores.set(userId, {
    userId,
    score: (before?.score ?? 0) + amount,
    lastXpAt: isLatest ? earnedAt : last,
  });
}
