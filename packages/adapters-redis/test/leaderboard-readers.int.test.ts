import { instant, addMs, userId, type Standing } from '@gamekeeper/core';
import { type BoardPeriod, type NamedScore } from '@gamekeeper/core/ports';
import { compareScores, defineBoards, periodAt } from '@gamekeeper/core/game';
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import type { RedisLeaderboardCache } from '../src/index.ts';
import { ownCache, type OwnCache } from './own-cache.ts';
import { keysOf } from './own-keys.ts';
import { SortedBoard } from './sorted-board.ts';

const PLAYERS = process.env['FULL_BOARDS'] === '1' ? 200_000 : 20_000;
const REBUILDS = 100;
const seed = Number(process.env['BOARD_SEED'] ?? Math.floor(Math.random() * 1_000_000) + 1);
const start = instant('2026-11-24T12:00:00Z');
const at: BoardPeriod = { board: defineBoards()[0]!, period: periodAt(defineBoards()[0]!, start) };

describeWithRedis(`readers through ${REBUILDS} rebuilds (BOARD_SEED=${seed})`, (url) => {
  let own: OwnCache;
  let prefix: string;
  let cache: RedisLeaderboardCache;

  beforeEach(async () => {
    own = await ownCache(url, start);
    ({ prefix, cache } = own);
  });
  afterEach(() => own.remove());

  it(
    'law 6: see everybody who is there, each in a place that they had while it was read',
    { timeout: 900_000 },
    async () => {
      const play = new Play(cache);
      await cache.reconcile(at, play.truth.pages);
      const state = { done: false };
      const until = async (step: () => Promise<void>): Promise<void> => {
        while (!state.done) {
          await step();
          await turn();
        }
      };
      const others = [() => play.award(), () => play.award(), () => play.readAll(), () => play.readAll()];
      const running = Promise.all(others.map(until));
      try {
        for (let rebuild = 0; rebuild < REBUILDS; rebuild += 1) {
          await Promise.race([cache.reconcile(at, play.truth.pages, { full: rebuild % 5 !== 0 }), running]);
        }
      } finally {
        state.done = true;
      }
      await running;
      expect(await cache.reconcile(at, play.truth.pages)).toEqual({
        missing: 0,
        extra: 0,
        wrongScore: 0,
        misplaced: 0,
        renamed: 0,
      });
      expect(await cache.top(at, { limit: 1_000 })).toEqual(
        play.truth.all.slice(0, 1_000).map((score, index) => ({ ...score, rank: index + 1 })),
      );
      expect(play.reads).toBeGreaterThan(REBUILDS);
      expect(await keysOf(url, prefix)).toHaveLength(3);
    },
  );
});

/** People who play while others look. */
class Play {
  /** What awards have made of the board. */
  readonly truth: SortedBoard;
  /** What of it the cache has been told. */
  readonly shown: SortedBoard;
  reads = 0;
  readonly #cache: RedisLeaderboardCache;
  readonly #random = randomNumbers(seed);
  #now = start;

  constructor(cache: RedisLeaderboardCache) {
    this.#cache = cache;
    const scores = Array.from({ length: PLAYERS }, (_, index) => this.#score(index, (index * 7_919) % 997));
    this.truth = new SortedBoard(scores);
    this.shown = new SortedBoard(scores);
  }

  async award(): Promise<void> {
    // One award in twenty is a newcomer's first.
    const index = this.#random() < 0.05 ? this.truth.size : Math.floor(this.#random() * this.truth.size);
    const held = this.truth.of(userId(`player-${index}`));
    this.#now = addMs(this.#now, 1);
    const score = this.#score(index, (held?.score ?? 0) + 1 + Math.floor(this.#random() * 300));
    this.truth.set(score);
    // It takes a while from the commit to the cache.
    for (let turns = Math.floor(this.#random() * 4); turns > 0; turns -= 1) await turn();
    await this.#cache.record(at, score);
    this.shown.set(score);
  }

  async readAll(): Promise<void> {
    const someone = this.shown.all[Math.floor(this.#random() * this.shown.size)]!.userId;
    await this.#read(async () => {
      const atLeast = this.shown.size;
      const size = await this.#cache.size(at);
      ok(size >= atLeast);
      ok(size <= this.truth.size);
      return [];
    });
    await this.#read(async () => {
      const top = await this.#cache.top(at, { limit: 10 });
      deepEqual(
        top.map(({ rank }) => rank),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
      return top;
    });
    await this.#read(async () => {
      const own = await this.#cache.standing(at, someone);
      equal(own?.userId, someone);
      return [own];
    });
    await this.#read(async () => {
      const neighbours = await this.#cache.around(at, someone, { before: 5, after: 5 });
      ok(neighbours.some((one) => one.userId === someone));
      ok(neighbours.length >= 6);
      return neighbours;
    });
    this.reads += 1;
  }

  /** Each place must lie between what had been shown before it was read and what was true afterwards. */
  async #read(read: () => Promise<readonly Standing[]>): Promise<void> {
    const before = this.shown.snapshot();
    const standings = await read();
    for (const [index, standing] of standings.entries()) {
      const next = standings[index + 1];
      if (next) {
        equal(next.rank, standing.rank + 1);
        ok(compareScores(standing, next, 'latest') < 0);
      }
      const held = before.of(standing.userId);
      if (held) ok(compareScores(standing, held, 'latest') <= 0);
      ok(compareScores(this.truth.of(standing.userId)!, standing, 'latest') <= 0);
      ok(standing.rank - 1 >= before.countBefore(standing));
      ok(standing.rank - 1 <= this.truth.countBefore(standing));
    }
  }

  #score(index: number, score: number): NamedScore {
    const id = userId(`player-${index}`);
    return { userId: id, username: `name of ${id}`, score, lastXpAt: this.#now };
  }
}

/** Numbers from 0 to below 1, the same for the same seed. */
function randomNumbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
