import type { Redis } from 'ioredis';
import { instant, addMs, userId, type Standing } from '@gamekeeper/core';
import { type BoardPeriod, type NamedScore, type ScorePages } from '@gamekeeper/core/ports';
import { defineBoards, periodAt } from '@gamekeeper/core/game';
import { VirtualClock } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { equal, ok } from 'node:assert/strict';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';
import { keysOf, ownPrefix, removeKeys } from './own-keys.ts';
import { SortedBoard } from './sorted-board.ts';

/** More than one page of the truth, so that players move between the pages that are read. */
const PLAYERS = 6_000;
const start = instant('2026-11-24T12:00:00Z');
const at: BoardPeriod = { board: defineBoards()[0]!, period: periodAt(defineBoards()[0]!, start) };
const noDrift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };
const seed = Number(process.env['BOARD_SEED'] ?? Math.floor(Math.random() * 1_000_000) + 1);

/** What becomes of the news of an award: it is told at once, late, or never; or old news comes again. */
const step = fc.record({
  news: fc.constantFrom('at once', 'late', 'lost', 'deliver', 'again'),
  who: fc.nat(),
  gain: fc.integer({ min: 1, max: 700 }),
});
const steps = fc.array(step, { maxLength: 40, size: 'max' });
const rounds = fc.array(
  fc.record({ full: fc.boolean(), around: fc.array(steps, { minLength: 4, maxLength: 4 }) }),
  { minLength: 1, maxLength: 3 },
);

describeWithRedis(`awards between the pages that are read (BOARD_SEED=${seed})`, (url) => {
  const prefix = ownPrefix();
  let connection: RedisConnection;
  let boards = 0;

  beforeAll(async () => {
    connection = new RedisConnection({ url });
    await connection.open();
  });
  afterAll(async () => {
    await connection.close();
    await removeKeys(url, prefix);
  });

  it(
    'law 6: take nobody off the board, count nobody as extra, and are all on it in the end',
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(rounds, async (rounds) => {
          const client = (await connection.run(async (open) => open)) as Redis;
          const own = new RedisConnection({ client, keyPrefix: `${prefix}:${(boards += 1)}` });
          await own.open();
          const cache = new RedisLeaderboardCache(own, new VirtualClock(start));
          const season = new Season(cache);
          await cache.reconcile(at, season.truth.pages);
          for (const { full, around } of rounds) await season.reconcile(full, around);
          await season.deliverAll();
          expect((await cache.reconcile(at, season.truth.pages)).extra).toBe(0);
          expect(await cache.reconcile(at, season.truth.pages)).toEqual(noDrift);
          expect(await wholeBoard(cache)).toEqual(
            season.truth.all.map((score, index) => ({ ...score, rank: index + 1 })),
          );
          expect(await keysOf(url, own.keyPrefix)).toHaveLength(3);
        }),
        { seed, numRuns: Number(process.env['BOARD_RUNS'] ?? 10), endOnFailure: true },
      );
    },
  );
});

/** People who play while their board is reconciled. */
class Season {
  readonly truth = new SortedBoard(Array.from({ length: PLAYERS }, (_, index) => first(index)));
  readonly #cache: RedisLeaderboardCache;
  readonly #told: NamedScore[] = [];
  readonly #late: NamedScore[] = [];
  #now = addMs(start, 100);

  constructor(cache: RedisLeaderboardCache) {
    this.#cache = cache;
  }

  /** Reconciles while people play before and after each of the first pages is read. */
  async reconcile(full: boolean, around: readonly (readonly Step[])[]): Promise<void> {
    const size = await this.#cache.size(at);
    let turn = 0;
    const pages: ScorePages = async (page) => {
      await this.#play(around[turn++] ?? []);
      const read = await this.truth.pages(page);
      await this.#play(around[turn++] ?? []);
      return read;
    };
    equal((await this.#cache.reconcile(at, pages, { full })).extra, 0);
    ok((await this.#cache.size(at)) >= size, `fewer than the ${size} players of before`);
  }

  async deliverAll(): Promise<void> {
    for (const score of this.#late.splice(0).reverse()) await this.#cache.record(at, score);
  }

  async #play(steps: readonly Step[]): Promise<void> {
    for (const { news, who, gain } of steps) {
      if (news === 'deliver') await this.#tell(this.#late.splice(who % (this.#late.length + 1), 1)[0]);
      else if (news === 'again') await this.#tell(this.#told[who % (this.#told.length + 1)]);
      else await this.#award(who, gain, news);
    }
  }

  async #award(who: number, gain: number, news: Step['news']): Promise<void> {
    // One more than there are: a newcomer.
    const index = who % (this.truth.size + 1);
    const before = this.truth.of(userId(`player-${index}`));
    if (before) this.#told.push(before);
    this.#now = addMs(this.#now, 1);
    const score = { ...first(index), score: (before?.score ?? 0) + gain, lastXpAt: this.#now };
    this.truth.set(score);
    if (news === 'at once') await this.#tell(score);
    if (news === 'late') this.#late.push(score);
  }

  async #tell(score: NamedScore | undefined): Promise<void> {
    if (score) await this.#cache.record(at, score);
  }
}

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function first(index: number): NamedScore {
  const id = userId(`player-${index}`);
  const lastXpAt = addMs(start, index % 5);
  return { userId: id, username: `name of ${id}`, score: (index * 7_919) % 997, lastXpAt };
}

async function wholeBoard(cache: RedisLeaderboardCache): Promise<readonly Standing[]> {
  const all: Standing[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await cache.top(at, { limit: 1_000, ...(last && { after: last }) });
    all.push(...page);
    if (page.length < 1_000) return all;
  }
}
