import { type Standing, type UserId } from '@gamekeeper/core';
import {
  type BoardPeriod,
  type Drift,
  type LeaderboardCache,
  type NamedScore,
  type Player,
  type Score,
  type ScorePages,
} from '@gamekeeper/core/ports';
import { compareScores } from '@gamekeeper/core/game';

type Version = Map<UserId, NamedScore>;

const PAGE = 1_000;

/**
 * A leaderboard cache in memory, separate from the store: scores not recorded here are missing until the cache is
 * reconciled.
 */
export class MemoryLeaderboardCache implements LeaderboardCache {
  readonly #boards = new Map<string, Version>();
  /** Sorted on demand. */
  readonly #sorted = new Map<string, readonly Standing[]>();
  /** Scores recorded since each rebuild of a board began: they may be newer than what the rebuild has read. */
  readonly #rebuilds = new Map<string, Set<NamedScore[]>>();

  async top(
    at: BoardPeriod,
    { after, limit }: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]> {
    const all = this.#standings(at);
    const from =
      after === undefined ? 0 : all.findIndex((one) => compareScores(one, after, at.board.tieBreak) > 0);
    return from < 0 ? [] : all.slice(from, from + limit);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    return this.#standings(at).find((one) => one.userId === userId) ?? null;
  }

  async around(
    at: BoardPeriod,
    userId: UserId,
    { before, after }: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]> {
    const all = this.#standings(at);
    const index = all.findIndex((one) => one.userId === userId);
    return index < 0 ? [] : all.slice(Math.max(0, index - before), index + after + 1);
  }

  async size(at: BoardPeriod): Promise<number> {
    return this.#boards.get(nameOf(at))?.size ?? 0;
  }

  async record(at: BoardPeriod, score: NamedScore): Promise<void> {
    const name = nameOf(at);
    const version = this.#boards.get(name) ?? new Map<UserId, NamedScore>();
    takeOver(version, score);
    this.#boards.set(name, version);
    this.#sorted.delete(name);
    for (const landed of this.#rebuilds.get(name) ?? []) landed.push(score);
  }

  async rename(at: BoardPeriod, { userId, username }: Player): Promise<void> {
    const had = this.#boards.get(nameOf(at))?.get(userId);
    if (had) await this.record(at, { ...had, username });
  }

  async reconcile(at: BoardPeriod, truth: ScorePages): Promise<Drift> {
    const name = nameOf(at);
    const before = new Map(this.#boards.get(name));
    const landed: NamedScore[] = [];
    const rebuilds = this.#rebuilds.get(name) ?? new Set();
    this.#rebuilds.set(name, rebuilds.add(landed));
    try {
      const rebuilt = await readAll(truth);
      const drift = compare(before, rebuilt);
      for (const score of landed) takeOver(rebuilt, score);
      this.#boards.set(name, rebuilt);
      this.#sorted.delete(name);
      return drift;
    } finally {
      rebuilds.delete(landed);
      if (rebuilds.size === 0) this.#rebuilds.delete(name);
    }
  }

  async drop(at: BoardPeriod): Promise<void> {
    this.#boards.delete(nameOf(at));
    this.#sorted.delete(nameOf(at));
  }

  #standings(at: BoardPeriod): readonly Standing[] {
    const name = nameOf(at);
    const known = this.#sorted.get(name);
    if (known) return known;
    const sorted = [...(this.#boards.get(name)?.values() ?? [])]
      .sort((a, b) => compareScores(a, b, at.board.tieBreak))
      .map((score, index) => ({ ...score, rank: index + 1 }));
    this.#sorted.set(name, sorted);
    return sorted;
  }
}

function nameOf({ board, period }: BoardPeriod): string {
  return `${board.key} ${period.key}`;
}

async function readAll(truth: ScorePages): Promise<Version> {
  const version: Version = new Map();
  for (let after: Score | undefined; ;) {
    const page = await truth({ limit: PAGE, ...(after && { after }) });
    for (const score of page) version.set(score.userId, score);
    after = page.at(-1);
    if (page.length < PAGE) return version;
  }
}

function takeOver(version: Version, score: NamedScore): void {
  if (!isOlder(score, version.get(score.userId))) version.set(score.userId, score);
}

function isOlder(score: Score, than: Score | undefined): boolean {
  if (!than) return false;
  return (
    score.score < than.score || (score.score === than.score && (score.lastXpAt ?? 0) < (than.lastXpAt ?? 0))
  );
}

function compare(before: Version, truth: Version): Drift {
  let [missing, extra, wrongScore, misplaced, renamed] = [0, 0, 0, 0, 0];
  for (const [userId, score] of truth) {
    const had = before.get(userId);
    if (!had) missing += 1;
    else if (had.score !== score.score) wrongScore += 1;
    else if (had.lastXpAt !== score.lastXpAt) misplaced += 1;
    else if (had.username !== score.username) renamed += 1;
  }
  for (const userId of before.keys()) if (!truth.has(userId)) extra += 1;
  return { missing, extra, wrongScore, misplaced, renamed };
}
