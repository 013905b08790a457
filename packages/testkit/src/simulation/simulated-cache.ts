import {
  StoreUnavailableError,
  addMs,
  type Clock,
  type Instant,
  type Standing,
  type UserId,
} from '@gamekeeper/core';
import {
  BoardNotCachedError,
  type BoardPeriod,
  type Drift,
  type LeaderboardCache,
  type LeaderboardReader,
  type NamedScore,
  type Player,
  type ScorePages,
} from '@gamekeeper/core/ports';
import { MemoryLeaderboardCache } from '../memory/leaderboards/memory-leaderboard-cache.ts';

/** The faults of a cache. */
export interface CacheFaults {
  /** It loses all data. */
  lose(): void;
  /** It returns with the data of `ageMs` ago. */
  restore(ageMs: number): void;
  /** It cannot be reached for `ms`. */
  goAway(ms: number): void;
  /** It can be reached again, at once. */
  comeBack(): void;
}

/** All writes in order: the state of the cache at any time can be computed from them. */
type Write = {
  readonly at: Instant;
  /** A board that is complete from here on, or no longer complete. */
  readonly holds?: { readonly board: string; readonly whole: boolean };
  readonly apply: (cache: MemoryLeaderboardCache) => Promise<unknown>;
};

/**
 * A cache separate from the store, like Redis. It knows only what it was sent: a board that it never received
 * completely, or has lost, cannot be read until it is reconciled; after it returns with older data, it shows that
 * data.
 */
export class SimulatedCache implements LeaderboardCache, CacheFaults {
  readonly #clock: Clock;
  #cache = new MemoryLeaderboardCache();
  #writes: Write[] = [];
  /** The boards that it holds completely. */
  readonly #held = new Set<string>();
  /** The boards with outdated data: the cache returned with older data, or missed an update. */
  readonly #behind = new Set<string>();
  #awayUntil = -Infinity;
  #wasHurt = false;
  #restored: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns whether a board may have to be reconciled before it equals the store. */
  mayDiffer(at: BoardPeriod): boolean {
    return this.#wasHurt || !this.#holds(at);
  }

  /** Returns whether the cache shows outdated data of a board. */
  isBehind(at: BoardPeriod): boolean {
    return this.#behind.has(nameOf(at));
  }

  lose(): void {
    this.#wasHurt = true;
    this.#cache = new MemoryLeaderboardCache();
    this.#writes = [];
    this.#held.clear();
    this.#behind.clear();
  }

  restore(ageMs: number): void {
    this.#wasHurt = true;
    const asOf = addMs(this.#clock.now(), -ageMs);
    this.#writes = this.#writes.filter(({ at }) => at <= asOf);
    const cache = new MemoryLeaderboardCache();
    this.#cache = cache;
    this.#held.clear();
    for (const { holds } of this.#writes) if (holds) this.#hold(holds);
    for (const board of this.#held) this.#behind.add(board);
    this.#restored = (async (writes) => {
      for (const { apply } of writes) await apply(cache);
      if (this.#cache === cache) this.#restored = null;
    })([...this.#writes]);
  }

  goAway(ms: number): void {
    this.#wasHurt = true;
    const until = addMs(this.#clock.now(), ms);
    if (until > this.#awayUntil) this.#awayUntil = until;
  }

  comeBack(): void {
    this.#awayUntil = -Infinity;
  }

  async top(...[at, page]: Parameters<LeaderboardReader['top']>): Promise<readonly Standing[]> {
    return (await this.#readable(at)).top(at, page);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    return (await this.#readable(at)).standing(at, userId);
  }

  async around(
    ...[at, userId, neighbours]: Parameters<LeaderboardReader['around']>
  ): Promise<readonly Standing[]> {
    return (await this.#readable(at)).around(at, userId, neighbours);
  }

  async size(at: BoardPeriod): Promise<number> {
    return (await this.#readable(at)).size(at);
  }

  record(at: BoardPeriod, score: NamedScore): Promise<void> {
    return this.#update(at, (cache) => cache.record(at, score));
  }

  rename(at: BoardPeriod, player: Player): Promise<void> {
    return this.#update(at, (cache) => cache.rename(at, player));
  }

  async reconcile(at: BoardPeriod, truth: ScorePages): Promise<Drift> {
    await this.#assertThere();
    const drift = await this.#cache.reconcile(at, truth);
    const holds = { board: nameOf(at), whole: true };
    this.#hold(holds);
    this.#behind.delete(holds.board);
    const rebuilt = await this.#cache.top(at, { limit: Infinity });
    this.#writes.push({
      at: this.#clock.now(),
      holds,
      apply: (cache) => cache.reconcile(at, async ({ after }) => (after ? [] : rebuilt)),
    });
    return drift;
  }

  async drop(at: BoardPeriod): Promise<void> {
    await this.#assertThere();
    const holds = { board: nameOf(at), whole: false };
    this.#hold(holds);
    await this.#write((cache) => cache.drop(at), holds);
  }

  /** Updates that it misses while unreachable are lost. */
  async #update(at: BoardPeriod, apply: Write['apply']): Promise<void> {
    try {
      await this.#assertThere();
    } catch (error) {
      if (this.#holds(at)) this.#behind.add(nameOf(at));
      throw error;
    }
    if (this.#holds(at)) await this.#write(apply);
  }

  async #write(apply: Write['apply'], holds?: Write['holds']): Promise<void> {
    this.#writes.push({ at: this.#clock.now(), apply, ...(holds && { holds }) });
    await apply(this.#cache);
  }

  #hold({ board, whole }: NonNullable<Write['holds']>): void {
    if (whole) this.#held.add(board);
    else this.#held.delete(board);
  }

  async #readable(at: BoardPeriod): Promise<LeaderboardReader> {
    await this.#assertThere();
    if (!this.#holds(at)) throw new BoardNotCachedError(at);
    return this.#cache;
  }

  #holds(at: BoardPeriod): boolean {
    return this.#held.has(nameOf(at));
  }

  async #assertThere(): Promise<void> {
    await this.#restored;
    if (this.#awayUntil > this.#clock.now())
      throw new StoreUnavailableError('the simulated cache', new Error('it is away'));
  }
}

function nameOf({ board, period }: BoardPeriod): string {
  return `${board.key} ${period.key}`;
}
