import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import { VirtualClock, memoryStore, userIds } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awardId, userId, type UserId } from '../players/ids.ts';
import type { Json } from '../../engine/common/json.ts';
import { createAbortController } from '../../engine/time/abort.ts';
import { DAY_MS, HOUR_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { defineBoards, type Board, type BoardOptions } from './board.ts';
import { leaderboardReset } from './leaderboard-reset.ts';
import { defaultLeaderboardRules } from './leaderboard-rules.ts';
import { Leaderboards, type StandingsPage } from './leaderboards.ts';
import { boundedPeriodAt, periodAt } from './period.ts';
import { compareScores, type Score } from './standing.ts';

const [ada, bob, cy, dot] = ['ada', 'bob', 'cy', 'dot'].map(userId) as [UserId, UserId, UserId, UserId];
const monday = instant('2026-11-23T00:00:00Z');
const nextMonday = addMs(monday, 7 * DAY_MS);
const hour = (count: number): Instant => addMs(monday, count * HOUR_MS);

/** Some weeks of a game in memory, without a job engine: what jobs do is done when a test says so. */
class Season {
  readonly clock = new VirtualClock(monday);
  readonly store = memoryStore(this.clock);
  readonly boards: readonly Board[];
  readonly leaderboards: Leaderboards;
  #awards = 0;

  constructor(boards?: readonly BoardOptions[]) {
    this.boards = defineBoards(boards);
    const { store, clock } = this;
    const cache = store.leaderboardCache;
    this.leaderboards = new Leaderboards({ ...store, boards: this.boards, cache, clock });
  }

  /** A season whose players have earned some XP each, one after the other, an hour apart. */
  static async with(...earned: readonly (readonly [UserId, number])[]): Promise<Season> {
    const season = new Season();
    let at = monday;
    for (const [player, amount] of earned) await season.earn(player, amount, (at = addMs(at, HOUR_MS)));
    season.clock.jumpTo(at);
    return season;
  }

  board(key: string): Board {
    return this.boards.find((board) => board.key === key)!;
  }

  async earn(player: UserId, amount: number, earnedAt = this.clock.now()): Promise<void> {
    const { transactions, awards, leaderboardCache } = this.store;
    const award = { awardId: awardId(`award-${(this.#awards += 1)}`), userId: player, amount, earnedAt };
    const { scores } = await transactions.run((tx) => awards.record(tx, award, this.boards));
    for (const { board, period, score } of scores) await leaderboardCache.record({ board, period }, score);
  }

  /** Resets a board as the job does for a tick, up to the end or through so many batches. */
  async reset(key: string, tick: Instant, batches = Infinity): Promise<void> {
    const { transactions, leaderboardCache: cache } = this.store;
    const ports = { ...this.store, cache, rules: defaultLeaderboardRules };
    const job = leaderboardReset(this.board(key), ports)!;
    const { signal } = createAbortController();
    let checkpoint: Json = null;
    for (let done = 0; done < batches; done += 1) {
      const { next }: BatchProgress = await transactions.run((tx) =>
        job.batch({
          tx,
          job: job.name,
          asOf: tick,
          checkpoint,
          limit: 100,
          only: null,
          dryRun: false,
          skip: [],
          shard: null,
          signal,
        }),
      );
      checkpoint = next;
      if (checkpoint === null) return;
    }
  }

  /** Loses a board's cache of the current period, as a flush does. */
  flush(key: string): Promise<void> {
    const board = this.board(key);
    return this.store.leaderboardCache.drop({ board, period: periodAt(board, this.clock.now()) });
  }
}

const summary = ({ standings }: Pick<StandingsPage, 'standings'>): string =>
  standings.map(({ rank, userId, score }) => `${rank} ${userId} ${score}`).join(', ');
const refusal = (option: string): unknown => expect.objectContaining({ code: 'INVALID_OPTION', option });

describe('top', () => {
  it('shows the best players of the current period, with their places, names and the time of their last XP', async () => {
    const season = await Season.with([ada, 10], [bob, 30]);
    await season.store.transactions.run((tx) =>
      season.store.players.upsert(tx, { userId: bob, username: 'Bobby', protections: 0 }),
    );
    await season.earn(bob, 5, hour(3));
    expect(await season.leaderboards.top('weekly')).toEqual({
      board: 'weekly',
      period: '2026-W48',
      standings: [
        { rank: 1, userId: bob, username: 'Bobby', score: 35, lastXpAt: new Date(hour(3)) },
        { rank: 2, userId: ada, username: 'ada', score: 10, lastXpAt: new Date(hour(1)) },
      ],
      cursor: null,
    });
  });

  it('is empty on a board that nobody has played on', async () => {
    const page = { board: 'monthly', period: '2026-11', standings: [], cursor: null };
    expect(await new Season().leaderboards.top('monthly')).toEqual(page);
  });

  it('gives ten players unless asked for more or fewer, from 1 to 1,000', async () => {
    const players = Array.from({ length: 12 }, (_, index) => [userId(`p${index}`), index] as const);
    const { leaderboards } = await Season.with(...players);
    expect((await leaderboards.top('global')).standings).toHaveLength(10);
    expect((await leaderboards.top('global', { limit: 1_000 })).standings).toHaveLength(12);
    expect(summary(await leaderboards.top('global', { limit: 1 }))).toBe('1 p11 11');
    for (const limit of [0, 1_001, 2.5, Number.NaN])
      await expect(leaderboards.top('global', { limit })).rejects.toThrow(refusal('limit'));
  });

  it('orders ties as the board has it', async () => {
    const season = new Season([
      { key: 'latest', period: 'all' },
      { key: 'earliest', period: 'all', tieBreak: 'earliest' },
    ]);
    await season.earn(ada, 5, hour(1));
    await season.earn(bob, 5, addMs(hour(1), 1));
    expect(summary(await season.leaderboards.top('latest'))).toBe('1 bob 5, 2 ada 5');
    expect(summary(await season.leaderboards.top('earliest'))).toBe('1 ada 5, 2 bob 5');
  });
});

describe('pages', () => {
  it('put together are the whole board, and the last has no cursor', async () => {
    const players = fc.uniqueArray(fc.tuple(userIds(), fc.nat(3)), {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(players, fc.integer({ min: 1, max: 5 }), async (earned, limit) => {
        const { leaderboards } = await Season.with(...earned);
        const pages = await readPages(leaderboards, limit);
        const whole = await leaderboards.top('weekly', { limit: 1_000 });
        expect(pages.flatMap(({ standings }) => standings)).toEqual(whole.standings);
        expect(whole.standings.map(({ rank }) => rank)).toEqual(earned.map((_, index) => index + 1));
      }),
      { numRuns: 50 },
    );
  });

  it('follow the place where the one before ended, wherever scores move between them', async () => {
    const players = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(userId);
    const awards = fc.array(fc.tuple(fc.constantFrom(...players), fc.integer({ min: 1, max: 3 })), {
      maxLength: 4,
    });
    const between = fc.array(awards, { minLength: 8, maxLength: 8 });
    const ties = fc.constantFrom('latest', 'earliest' as const);
    await fc.assert(
      fc.asyncProperty(awards, between, ties, async (first, between, ties) => {
        const season = new Season([{ key: 'weekly', period: 'week', tieBreak: ties }]);
        const scores = new Map<UserId, Score>();
        const earn = async (player: UserId, amount: number): Promise<void> => {
          season.clock.jumpTo(addMs(season.clock.now(), 1));
          const score = (scores.get(player)?.score ?? 0) + amount;
          scores.set(player, { userId: player, score, lastXpAt: season.clock.now() });
          await season.earn(player, amount);
        };
        for (const player of players) await earn(player, 3);
        for (const award of first) await earn(...award);
        const moved = new Set<UserId>();
        const seen: UserId[] = [];
        let page: StandingsPage | undefined;
        for (let index = 0; page === undefined || page.cursor !== null; index += 1) {
          const [last, cursor] = [page?.standings.at(-1), page?.cursor];
          page = await season.leaderboards.top('weekly', { limit: 2, ...(cursor != null && { cursor }) });
          const order = [...scores.values()].sort((a, b) => compareScores(a, b, ties));
          const place = last && { ...last, lastXpAt: last.lastXpAt && instant(last.lastXpAt) };
          const following = order.filter((one) => !place || compareScores(one, place, ties) > 0);
          expect(page.standings).toEqual(
            following.slice(0, 2).map((score) => ({
              ...score,
              lastXpAt: score.lastXpAt && new Date(score.lastXpAt),
              username: score.userId,
              rank: order.indexOf(score) + 1,
            })),
          );
          seen.push(...page.standings.map(({ userId }) => userId));
          for (const award of between[index] ?? []) {
            await earn(...award);
            moved.add(award[0]);
          }
        }
        const unmoved = seen.filter((player) => !moved.has(player));
        expect(unmoved.toSorted()).toEqual(players.filter((player) => !moved.has(player)));
      }),
      { numRuns: 50 },
    );
  });

  it('go on after any user id that a host may have', async () => {
    await fc.assert(
      fc.asyncProperty(userIds(), async (id) => {
        const season = await Season.with([id, 2], [ada, 1]);
        fc.pre(id !== ada);
        const { cursor } = await season.leaderboards.top('weekly', { limit: 1 });
        expect(summary(await season.leaderboards.top('weekly', { cursor: cursor! }))).toBe('2 ada 1');
      }),
    );
  });

  it('stay in the period in which they began, when the next one has begun', async () => {
    const season = await Season.with([ada, 30], [bob, 20], [cy, 10]);
    const { cursor } = await season.leaderboards.top('weekly', { limit: 2 });
    season.clock.jumpTo(nextMonday);
    await season.earn(dot, 99);
    const page = await season.leaderboards.top('weekly', { cursor: cursor! });
    expect([page.period, summary(page)]).toEqual(['2026-W48', '3 cy 10']);
  });

  it('stay in it after each step of its reset', async () => {
    for (let batches = 0; batches <= 7; batches += 1) {
      const season = await Season.with([ada, 30], [bob, 20], [cy, 10], [dot, 5]);
      const { cursor } = await season.leaderboards.top('weekly', { limit: 1 });
      season.clock.jumpTo(nextMonday);
      await season.earn(ada, 99);
      await season.reset('weekly', nextMonday, batches);
      const second = await season.leaderboards.top('weekly', { cursor: cursor!, limit: 2 });
      expect([second.period, summary(second)]).toEqual(['2026-W48', '2 bob 20, 3 cy 10']);
      const third = await season.leaderboards.top('weekly', { cursor: second.cursor! });
      expect([third.period, summary(third), third.cursor]).toEqual(['2026-W48', '4 dot 5', null]);
    }
  });

  it('refuse a cursor that is none, by name', async () => {
    const { leaderboards } = await Season.with([ada, 30], [bob, 20]);
    const good = (await leaderboards.top('weekly', { limit: 1 })).cursor!;
    expect(summary(await leaderboards.top('weekly', { cursor: good }))).toBe('2 bob 20');
    const bad = ['', 'ada', `~${good}`, '2026-W48~1~30~~', '2026-W48~1~-30~0~ada', '2026-W48~1~30~-~ada'];
    for (const cursor of bad)
      await expect(leaderboards.top('weekly', { cursor })).rejects.toThrow(refusal('cursor'));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (cursor) => {
        await expect(leaderboards.top('weekly', { cursor })).rejects.toThrow(refusal('cursor'));
      }),
    );
  });

  it('refuse the cursor of another board', async () => {
    const { leaderboards } = await Season.with([ada, 30], [bob, 20]);
    const { cursor } = await leaderboards.top('weekly', { limit: 1 });
    await expect(leaderboards.top('monthly', { cursor: cursor! })).rejects.toThrow(refusal('cursor'));
  });
});

describe('the current period', () => {
  const lastMillisecond = addMs(nextMonday, -1);

  it('law 7: is the new one from its first millisecond, although no job has run', async () => {
    const season = await Season.with([ada, 30]);
    season.clock.jumpTo(lastMillisecond);
    await season.earn(bob, 40);
    expect(summary(await season.leaderboards.top('weekly'))).toBe('1 bob 40, 2 ada 30');
    season.clock.jumpTo(nextMonday);
    expect(await season.leaderboards.top('weekly')).toMatchObject({ period: '2026-W49', standings: [] });
    expect(await season.leaderboards.standing('weekly', ada)).toBeNull();
    expect(await season.leaderboards.size('weekly')).toBe(0);
    await season.earn(ada, 1);
    expect(summary(await season.leaderboards.top('weekly'))).toBe('1 ada 1');
    expect(await season.leaderboards.size('weekly')).toBe(1);
    expect(summary(await season.leaderboards.top('global'))).toBe('1 bob 40, 2 ada 31');
  });

  it('is the same whatever the reset of the last one has done so far', async () => {
    for (let batches = 0; batches <= 8; batches += 1) {
      const season = await Season.with([ada, 30], [bob, 20]);
      season.clock.jumpTo(nextMonday);
      await season.earn(ada, 1);
      await season.reset('weekly', nextMonday, batches);
      await season.earn(ada, 1);
      // Sealed, archived, carried over: then those who were are shown.
      const shown = batches < 4 ? '1 ada 2' : '1 ada 2, 2 bob 0';
      expect(summary(await season.leaderboards.top('weekly'))).toBe(shown);
      expect(summary(await season.leaderboards.top('weekly', { period: '2026-W48' }))).toBe(
        '1 ada 30, 2 bob 20',
      );
    }
  });

  it('can be named by its key, played in or not', async () => {
    const { leaderboards } = await Season.with([ada, 30]);
    expect(summary(await leaderboards.top('weekly', { period: '2026-W48' }))).toBe('1 ada 30');
    expect(summary(await leaderboards.top('global', { period: 'all' }))).toBe('1 ada 30');
    expect((await new Season().leaderboards.top('weekly', { period: '2026-W48' })).standings).toEqual([]);
  });

  it('is that of the zone of the board', async () => {
    const season = new Season([{ key: 'tokyo', period: 'day', timeZone: 'Asia/Tokyo' }]);
    season.clock.jumpTo(instant('2026-11-24T14:59:59.999Z'));
    expect((await season.leaderboards.top('tokyo')).period).toBe('2026-11-24');
    season.clock.jumpTo(instant('2026-11-24T15:00:00Z'));
    expect((await season.leaderboards.top('tokyo')).period).toBe('2026-11-25');
  });
});

describe('around and standing', () => {
  const field = [
    [ada, 40],
    [bob, 30],
    [cy, 20],
    [dot, 10],
  ] as const;

  it('show a player’s place with those before and after it, as far as there are any', async () => {
    const { leaderboards } = await Season.with(...field);
    const around = async (player: UserId, before: number, after: number): Promise<string> =>
      summary({ standings: await leaderboards.around('weekly', player, { before, after }) });
    expect(await around(cy, 1, 1)).toBe('2 bob 30, 3 cy 20, 4 dot 10');
    expect(await around(ada, 2, 1)).toBe('1 ada 40, 2 bob 30');
    expect(await around(dot, 0, 5)).toBe('4 dot 10');
    expect(await around(bob, 0, 0)).toBe('2 bob 30');
    expect(summary({ standings: await leaderboards.around('weekly', bob) })).toBe(
      '1 ada 40, 2 bob 30, 3 cy 20, 4 dot 10',
    );
    expect(await leaderboards.standing('weekly', cy)).toMatchObject({ rank: 3, score: 20 });
  });

  it.each(['top', 'standing', 'around'] as const)(
    'law 6: %s shows the standings of a period that is reset between its decision where to read and the reading',
    async (read) => {
      const season = await Season.with([bob, 20], [ada, 30]);
      const { period } = await season.leaderboards.top('weekly');
      const { leaderboardCache, ...store } = season.store;
      const cache = new Proxy(leaderboardCache, {
        get: (target, verb) =>
          verb === read
            ? async (...given: readonly unknown[]) => {
                season.clock.jumpTo(nextMonday);
                await season.reset('weekly', nextMonday);
                return (target[read] as (...all: readonly unknown[]) => unknown)(...given);
              }
            : (Reflect.get(target, verb) as unknown),
      });
      const { boards, clock } = season;
      const racing = new Leaderboards({ ...store, boards, cache, clock });
      const shown = {
        top: async () => (await racing.top('weekly', { period })).standings,
        standing: async () => [await racing.standing('weekly', ada, { period })],
        around: async () => racing.around('weekly', ada, { period }),
      };
      expect((await shown[read]())[0]).toMatchObject({ userId: ada, rank: 1, score: 30 });
    },
  );

  it('show nothing for somebody who is not on the board, open or archived', async () => {
    const season = await Season.with(...field);
    const stranger = userId('stranger');
    const shown = async (period?: string): Promise<unknown[]> => {
      const choice = period === undefined ? {} : { period };
      return [
        await season.leaderboards.standing('weekly', stranger, choice),
        await season.leaderboards.around('weekly', stranger, choice),
      ];
    };
    expect(await shown()).toEqual([null, []]);
    season.clock.jumpTo(nextMonday);
    await season.reset('weekly', nextMonday);
    expect(await shown('2026-W48')).toEqual([null, []]);
  });

  it('law 8: say the same of a period before it is sealed and after', async () => {
    const earned = fc.uniqueArray(fc.tuple(userIds(), fc.integer({ min: 1, max: 3 })), {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 8,
    });
    const neighbours = fc.record({ before: fc.nat(4), after: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(earned, neighbours, async (earned, neighbours) => {
        const season = await Season.with(...earned);
        const period = { period: '2026-W48' };
        const shown = (): Promise<unknown> =>
          Promise.all([
            season.leaderboards.top('weekly', period),
            ...earned.map(([id]) => season.leaderboards.standing('weekly', id, period)),
            ...earned.map(([id]) => season.leaderboards.around('weekly', id, { ...neighbours, ...period })),
          ]);
        const before = await shown();
        season.clock.jumpTo(nextMonday);
        expect(await shown()).toEqual(before);
        await season.reset('weekly', nextMonday);
        expect(await shown()).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('refuse numbers of neighbours that make no sense, by name', async () => {
    const { leaderboards } = await Season.with(...field);
    await expect(leaderboards.around('weekly', ada, { before: -1 })).rejects.toThrow(refusal('before'));
    await expect(leaderboards.around('weekly', ada, { after: 501 })).rejects.toThrow(refusal('after'));
  });
});

describe('past periods', () => {
  it('are listed newest first, from any of them on', async () => {
    const season = new Season();
    const weeks = [0, 1, 2].map((week) => addMs(monday, 7 * week * DAY_MS));
    for (const start of weeks) await season.earn(ada, 1, start);
    season.clock.jumpTo(addMs(weeks[2]!, HOUR_MS));
    await season.reset('weekly', weeks[1]!);
    const [first, second, third] = weeks.map((at) => {
      const { key, startsAt, endsAt } = boundedPeriodAt(season.board('weekly'), at)!;
      return { key, startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
    });
    const { leaderboards } = season;
    expect(await leaderboards.periods('weekly')).toEqual([
      { ...third, sealedAt: null, players: null, resetAt: null },
      { ...second, sealedAt: null, players: null, resetAt: null },
      { ...first, sealedAt: new Date(weeks[1]!), players: 1, resetAt: new Date(weeks[1]!) },
    ]);
    const keys = async (page: { before?: string; limit?: number }): Promise<string[]> =>
      (await leaderboards.periods('weekly', page)).map(({ key }) => key);
    expect(await keys({ limit: 2 })).toEqual(['2026-W50', '2026-W49']);
    expect(await keys({ before: '2026-W49' })).toEqual(['2026-W48']);
    await expect(keys({ limit: 0 })).rejects.toThrow(refusal('limit'));
  });

  it('without a player are empty when they were sealed', async () => {
    const season = new Season();
    season.clock.jumpTo(nextMonday);
    await season.reset('weekly', nextMonday);
    const page = { board: 'weekly', period: '2026-W48', standings: [], cursor: null };
    expect(await season.leaderboards.top('weekly', { period: '2026-W48' })).toEqual(page);
  });

  it.each(['2026-W47', '2026-W49', '2026-11', 'all', '', 'nonsense'])(
    'that nobody has played in are refused by name: %j',
    async (period) => {
      const { leaderboards } = await Season.with([ada, 30]);
      for (const asked of [
        leaderboards.top('weekly', { period }),
        leaderboards.standing('weekly', ada, { period }),
        leaderboards.around('weekly', ada, { period }),
      ])
        await expect(asked).rejects.toThrow(refusal('period'));
    },
  );

  it('leave out those who were kept on the board without a point', async () => {
    const season = await Season.with([ada, 30], [bob, 20]);
    season.clock.jumpTo(nextMonday);
    await season.reset('weekly', nextMonday);
    await season.earn(ada, 5);
    await season.leaderboards.recalculate('weekly');
    expect(summary(await season.leaderboards.top('weekly'))).toBe('1 ada 5, 2 bob 0');
    const weekAfter = addMs(nextMonday, 7 * DAY_MS);
    season.clock.jumpTo(weekAfter);
    await season.reset('weekly', weekAfter);
    expect(summary(await season.leaderboards.top('weekly', { period: '2026-W49' }))).toBe('1 ada 5');
  });
});

describe('recalculate', () => {
  it('restores a cache that was lost, says how much was missing, and finds nothing the second time', async () => {
    const season = await Season.with([ada, 30], [bob, 20]);
    const before = await season.leaderboards.top('weekly');
    await season.flush('weekly');
    expect((await season.leaderboards.top('weekly')).standings).toEqual([]);
    const drift = { missing: 2, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };
    expect(await season.leaderboards.recalculate('weekly')).toEqual(drift);
    expect(await season.leaderboards.top('weekly')).toEqual(before);
    const none = { ...drift, missing: 0 };
    expect(await season.leaderboards.recalculate('weekly')).toEqual(none);
    expect(await season.leaderboards.recalculate('weekly', { full: true })).toEqual(none);
  });

  it('touches no other board', async () => {
    const season = await Season.with([ada, 30]);
    await season.flush('weekly');
    await season.flush('global');
    await season.leaderboards.recalculate('global');
    expect(await season.leaderboards.size('global')).toBe(1);
    expect(await season.leaderboards.size('weekly')).toBe(0);
  });
});

describe('a board that no host has', () => {
  it('is refused by every question, with the boards that there are', async () => {
    const { leaderboards } = new Season();
    const refused: unknown = expect.objectContaining({
      code: 'UNKNOWN_BOARD',
      message: 'There is no board "weakly"; this host has global, weekly, monthly.',
    });
    const questions = [
      leaderboards.top('weakly'),
      leaderboards.standing('weakly', ada),
      leaderboards.around('weakly', ada),
      leaderboards.size('weakly'),
      leaderboards.periods('weakly'),
      leaderboards.recalculate('weakly'),
    ];
    for (const question of questions) await expect(question).rejects.toThrow(refused);
    expect(leaderboards.boards.map(({ key }) => key)).toEqual(['global', 'weekly', 'monthly']);
  });
});

async function readPages(leaderboards: Leaderboards, limit: number): Promise<readonly StandingsPage[]> {
  const pages = [await leaderboards.top('weekly', { limit })];
  for (let cursor = pages[0]!.cursor; cursor !== null; cursor = pages.at(-1)!.cursor)
    pages.push(await leaderboards.top('weekly', { limit, cursor }));
  return pages;
}
