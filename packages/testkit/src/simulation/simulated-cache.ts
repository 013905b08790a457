import {
  BoardNotCachedError,
  StoreUnavailableError,
  later,
  type BoardPeriod,
  type Clock,
  type Drift,
  type Instant,
  type LeaderboardCache,
  type LeaderboardReads,
  type NamedScore,
  type Player,
  type ScorePages,
  type Standing,
  type UserId,
} from '@gamekeeper/core';
import { MemoryLeaderboardCache } from '../memory/memory-leaderboard-cache.ts';

/** What can befall a cache. */
export interface CacheFaults {
  /** It loses everything. */
  lose(): void;
  /** It comes back as it was so long ago. */
  restore(ageMs: number): void;
  /** Nobody reaches it for so long. */
  goAway(ms: number): void;
  /** It is reached again, at once. */
  comeBack(): void;
}

/** What was recorded and rebuilt, in order: the cache as it was at any time can be made from it. */
type Write = { readonly at: Instant; readonly apply: (cache: MemoryLeaderboardCache) => Promise<unknown> };

/**
 * A cache beside the truth, as Redis is one. It does not know of the truth what it was not told: of a board that it lost
 * it refuses to be read until it is reconciled, and after coming back older it shows what it has.
 */
export class SimulatedCache implements LeaderboardCache, CacheFaults {
  readonly #clock: Clock;
  #cache = new MemoryLeaderboardCache();
  #writes: Write[] = [];
  /** `null`: whatever is asked for. Otherwise the boards that were reconciled since all was lost. */
  #held: Set<string> | null = null;
  #awayUntil = -Infinity;
  #wasHurt = false;
  #restored: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether anything has befallen it yet. */
  get wasHurt(): boolean {
    return this.#wasHurt;
  }

  lose(): void {
    this.#wasHurt = true;
    this.#cache = new MemoryLeaderboardCache();
    this.#writes = [];
    this.#held = new Set();
  }

  restore(ageMs: number): void {
    this.#wasHurt = true;
    const asOf = later(this.#clock.now(), -ageMs);
    this.#writes = this.#writes.filter(({ at }) => at <= asOf);
    const cache = new MemoryLeaderboardCache();
    this.#cache = cache;
    this.#restored = (async (writes) => {
      for (const { apply } of writes) await apply(cache);
      if (this.#cache === cache) this.#restored = null;
    })([...this.#writes]);
  }

  goAway(ms: number): void {
    this.#wasHurt = true;
    const until = later(this.#clock.now(), ms);
    if (until > this.#awayUntil) this.#awayUntil = until;
  }

  comeBack(): void {
    this.#awayUntil = -Infinity;
  }

  async top(...[at, page]: Parameters<LeaderboardReads['top']>): Promise<readonly Standing[]> {
    return (await this.#readable(at)).top(at, page);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    return (await this.#readable(at)).standing(at, userId);
  }

  async around(
    ...[at, userId, neighbours]: Parameters<LeaderboardReads['around']>
  ): Promise<readonly Standing[]> {
    return (await this.#readable(at)).around(at, userId, neighbours);
  }

  async size(at: BoardPeriod): Promise<number> {
    return (await this.#readable(at)).size(at);
  }

  async record(at: BoardPeriod, score: NamedScore): Promise<void> {
    await this.#assertThere();
    if (this.#holds(at)) await this.#write((cache) => cache.record(at, score));
  }

  async rename(at: BoardPeriod, player: Player): Promise<void> {
    await this.#assertThere();
    if (this.#holds(at)) await this.#write((cache) => cache.rename(at, player));
  }

  async reconcile(at: BoardPeriod, truth: ScorePages): Promise<Drift> {
    await this.#assertThere();
    const drift = await this.#cache.reconcile(at, truth);
    this.#held?.add(nameOf(at));
    const rebuilt = await this.#cache.top(at, { limit: Infinity });
    this.#writes.push({
      at: this.#clock.now(),
      apply: (cache) => cache.reconcile(at, async ({ after }) => (after ? [] : rebuilt)),
    });
    return drift;
  }

  async drop(at: BoardPeriod): Promise<void> {
    await this.#assertThere();
    await this.#write((cache) => cache.drop(at));
  }

  async #write(apply: Write['apply']): Promise<void> {
    this.#writes.push({ at: this.#clock.now(), apply });
    await apply(this.#cache);
  }

  async #readable(at: BoardPeriod): Promise<LeaderboardReads> {
    await this.#assertThere();
    if (!this.#holds(at)) throw new BoardNotCachedError(at);
    return this.#cache;
  }

  #holds(at: BoardPeriod): boolean {
    return this.#held?.has(nameOf(at)) ?? true;
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
