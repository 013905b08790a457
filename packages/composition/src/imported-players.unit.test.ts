import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  addMs,
  instant,
  silentLogger,
  userId,
  type PlayerHistoryInput,
} from '@gamekeeper/core';
import { importTerms } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import {
  IntervalSchedule,
  VirtualClock,
  memoryAdapters,
  memoryStore,
  playerHistories,
} from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';

const start = instant('2026-11-20T09:00:00Z');
const jobs = ['life-regeneration', 'streak-update'] as const;

/** A game that has been running for some time before players are imported. */
async function runningGame(options: Partial<JobHostOptions> = {}) {
  const clock = new VirtualClock(start);
  const store = memoryStore(clock);
  const modules = [memoryAdapters(store), cronerScheduler()];
  const host = createJobHost({ modules, clock, logger: silentLogger, ...options });
  await host.open();
  const { players, lives, streaks } = host;
  const read = async (ids: readonly string[]) =>
    Promise.all(
      ids.map(async (id) => {
        const { currentLives } = await lives.read(userId(id));
        const { currentStreak, longestStreak, protections } = await streaks.read(userId(id));
        return { currentLives, currentStreak, longestStreak, protections };
      }),
    );
  return { clock, store, host, players, read };
}

const rules = fc.record({
  lives: fc.record({ maxLives: fc.integer({ min: 1, max: 7 }), regenMinutes: fc.constantFrom(5, 30, 90) }),
  streaks: fc.record({ breakAfterHours: fc.constantFrom(24, 36, 48, 72) }),
});
const terms = (at: number) =>
  importTerms(
    {
      boards: [],
      rules: {
        lives: { maxLives: 5, regenMinutes: 30 },
        streaks: { breakAfterHours: 48, maxProtections: 2, initialProtections: 2 },
      },
      streakSchedule: new IntervalSchedule(24 * 60),
    },
    instant(at),
  );

describe('law 2: an imported player', () => {
  it('has the same ticks, whether read, played or run, and none from before the import', async () => {
    const importedAfter = fc.integer({ min: 0, max: 4 * DAY_MS });
    const waits = fc.array(fc.integer({ min: 1, max: 40 * HOUR_MS }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rules, importedAfter, waits, fc.gen(), async (rules, after, waits, gen) => {
        const zone = 'Europe/Berlin';
        const game = await runningGame({
          rules,
          jobOverrides: { 'streak-update': { schedule: { cron: '0 0 * * *', timeZone: zone } } },
        });
        const { clock, store, host, read } = game;
        clock.jumpTo(addMs(start, after));
        const at = clock.now();
        const crowd = gen(() =>
          fc.uniqueArray(playerHistories(terms(at)), {
            minLength: 1,
            maxLength: 6,
            selector: (one) => one.userId,
          }),
        );
        const ids = crowd.map((one) => one.userId);
        // Ticks before the import run late, after it.
        await game.players.import(crowd);
        const imported = await read(ids);
        expect(imported).toEqual(
          crowd.map(({ currentLives, currentStreak, longestStreak, protections }) => ({
            currentLives,
            currentStreak,
            longestStreak,
            protections,
          })),
        );
        for (const job of jobs) await host.runNow(job);
        expect(await read(ids)).toEqual(imported);
        for (const ms of waits) {
          clock.jumpTo(addMs(clock.now(), ms));
          const before = await read(ids);
          for (const job of jobs) await host.runNow(job);
          expect(await read(ids)).toEqual(before);
          expect(await stored(game, ids)).toEqual(before);
        }
        for (const { type, occurredAt } of await store.outbox.list({ limit: 1_000 })) {
          const rests = type === 'LivesRefilled' ? 0 : rules.streaks.breakAfterHours * HOUR_MS;
          expect(occurredAt - at).toBeGreaterThan(rests);
        }
        const [first] = ids;
        const { ok, lives } = await host.lives.spend(first!);
        const known = (await read([first!]))[0]!;
        expect(lives.currentLives).toBe(known.currentLives);
        if (clock.now() - at > (rules.lives.regenMinutes + 30) * MINUTE_MS) expect(ok).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('keeps the streak for as long after the import as after a quiz', async () => {
    const { clock, host, players, store } = await runningGame();
    clock.jumpTo('2026-11-24T10:00:00Z');
    const lastQuizAt = '2026-11-10T10:00:00Z';
    await players.import([
      { userId: 'safe', username: 'Safe', currentStreak: 9, lastQuizAt, protections: 1 },
      { userId: 'lost', username: 'Lost', currentStreak: 9, lastQuizAt, protections: 0 },
    ]);
    clock.jumpTo('2026-11-26T00:00:00Z');
    await host.runNow('streak-update');
    expect(await store.outbox.list({ limit: 10 })).toEqual([]);
    clock.jumpTo('2026-11-27T00:00:00Z');
    await host.runNow('streak-update');
    expect((await store.outbox.list({ limit: 10 })).map(({ key }) => key).toSorted()).toEqual([
      'StreakBroken:2026-11-27:lost',
      'StreakProtected:2026-11-27:safe',
    ]);
  });

  it('keeps the streak also where the game has never run before the import', async () => {
    const clock = new VirtualClock('2026-11-24T10:00:00Z');
    const store = memoryStore(clock);
    const modules = [memoryAdapters(store), cronerScheduler()];
    const tool = createJobHost({ modules, clock, logger: silentLogger });
    await tool.open({ register: 'none' });
    const lastQuizAt = '2026-11-10T10:00:00Z';
    await tool.players.import([{ userId: 'ada', username: 'Ada', currentStreak: 9, lastQuizAt }]);
    clock.jumpTo('2026-11-25T11:00:00Z');
    const backend = createJobHost({ modules, clock, logger: silentLogger });
    await backend.open();
    clock.jumpTo('2026-11-26T00:00:00Z');
    await backend.runNow('streak-update');
    expect(await store.outbox.list({ limit: 10 })).toEqual([]);
    expect((await backend.streaks.read(userId('ada'))).protections).toBe(2);
  });

  it('without a life gets one when a full wait is over, whatever the timer was', async () => {
    const { clock, host, players } = await runningGame();
    clock.jumpTo('2026-11-24T10:10:00Z');
    const nextRegenAts = [null, '2026-11-01T00:00:00Z', '2026-11-24T10:20:00Z', '2027-03-01T00:00:00Z'];
    const crowd = nextRegenAts.map((nextRegenAt, index) => ({
      userId: String(index),
      username: 'P',
      currentLives: 0,
      nextRegenAt,
    }));
    await players.import(crowd);
    const livesAt = async (now: string) => {
      clock.jumpTo(now);
      return Promise.all(crowd.map(async (one) => (await host.lives.read(userId(one.userId))).currentLives));
    };
    expect(await livesAt('2026-11-24T10:29:59Z')).toEqual([0, 0, 0, 0]);
    expect(await livesAt('2026-11-24T10:30:00Z')).toEqual([0, 1, 1, 0]);
    expect(await livesAt('2026-11-24T11:00:00Z')).toEqual([1, 2, 2, 1]);
  });
});

async function stored(game: Awaited<ReturnType<typeof runningGame>>, ids: readonly string[]) {
  const fresh = await game.read(ids);
  return Promise.all(
    ids.map(async (id, index) => {
      const lives = await game.store.lives.find(userId(id));
      const streak = await game.store.streaks.find(userId(id));
      const { currentStreak, longestStreak, protections } = streak!;
      const own = { currentStreak, longestStreak, protections };
      return { ...fresh[index]!, ...(lives && { currentLives: lives.currentLives }), ...own };
    }),
  );
}

describe('host.players.import', () => {
  const now = '2026-11-24T10:00:00Z';
  const ada: PlayerHistoryInput = { userId: 'ada', username: 'Ada' };

  it.each<[string, object, string]>([
    ['a player without a name', { username: undefined }, 'username'],
    ['an empty name', { username: '' }, 'username'],
    ['a number as id', { userId: 7 }, 'userId'],
    ['a misspelt field', { longest: 7 }, 'longest'],
    ['half an XP', { xp: 0.5 }, 'xp'],
    ['XP of an unknown board', { xp: 5, periodXp: { wekly: 5 } }, 'periodXp.wekly'],
    ['XP of an all-time board', { xp: 5, periodXp: { global: 5 } }, 'periodXp.global'],
    ['more XP in a period than ever', { xp: 5, periodXp: { weekly: 6 } }, 'periodXp.weekly'],
    ['a streak without a last quiz', { currentStreak: 3 }, 'lastQuizAt'],
    [
      'a longest streak below the current one',
      { currentStreak: 3, longestStreak: 2, lastQuizAt: now },
      'longestStreak',
    ],
    ['a last quiz in the future', { lastQuizAt: '2026-11-24T10:02:00Z' }, 'lastQuizAt'],
    ['an instant in seconds', { lastQuizAt: 1_795_000_000 }, 'lastQuizAt'],
    [
      'a timer that ends in two years',
      { currentLives: 1, nextRegenAt: '2028-11-24T10:00:00Z' },
      'nextRegenAt',
    ],
    ['a negative number of lives', { currentLives: -1 }, 'currentLives'],
  ])('refuses %s by the place and the field, and keeps nothing of its batch', async (_, change, field) => {
    const { players, clock, store } = await runningGame();
    clock.jumpTo(now);
    const refused = players.import([[ada], [{ ...ada, userId: 'bob', ...change }]]);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', option: `players[1].${field}` });
    expect(await store.players.find(userId('ada'))).toBeNull();
  });

  it('takes batches from any iterable, reports progress, and goes on where it was interrupted', async () => {
    const { players } = await runningGame();
    const all = Array.from({ length: 25_000 }, (_, index) => ({
      userId: `p${index}`,
      username: `P ${index}`,
    }));
    async function* broken() {
      yield all.slice(0, 12_000);
      throw new Error('the old database went away');
    }
    await expect(players.import(broken())).rejects.toThrow('went away');
    const seen: number[] = [];
    const progress = await players.import(all, { onProgress: ({ read }) => seen.push(read) });
    expect(seen).toEqual([10_000, 20_000, 25_000]);
    expect(progress).toEqual({ read: 25_000, imported: 15_000, known: 10_000 });
    expect(await players.import(all)).toEqual({ read: 25_000, imported: 0, known: 25_000 });
  });

  it('says in a dry run what the next ticks would do, and changes nothing', async () => {
    const { players, clock, store } = await runningGame();
    clock.jumpTo(now);
    const lastQuizAt = '2026-11-20T10:00:00Z';
    const report = await players.dryRunImport([
      { ...ada, currentLives: 4 },
      { ...ada, userId: 'bob', currentStreak: 3, lastQuizAt, protections: 0 },
    ]);
    expect(report).toMatchObject({ read: 2, imported: 2, known: 0 });
    expect(report.ticks.filter(({ changed }) => changed > 0)).toEqual([
      {
        job: 'life-regeneration',
        tick: new Date('2026-11-24T10:30:00Z'),
        changed: 1,
        events: { LivesRefilled: 1 },
      },
      {
        job: 'streak-update',
        tick: new Date('2026-11-27T00:00:00Z'),
        changed: 1,
        events: { StreakBroken: 1 },
      },
    ]);
    expect(report.ticks).toHaveLength(6);
    expect(await store.players.find(userId('ada'))).toBeNull();
    expect(await store.outbox.list({ limit: 1 })).toEqual([]);
  });

  it('shows imported players on the boards at once, cached or not', async () => {
    const { players, host, clock } = await runningGame();
    clock.jumpTo(now);
    await players.import([{ ...ada, xp: 9, periodXp: { weekly: 4 } }]);
    const shown = async (board: string) =>
      (await host.leaderboards.top(board)).standings.map(({ username, score }) => `${username} ${score}`);
    expect(await shown('global')).toEqual(['Ada 9']);
    expect(await shown('weekly')).toEqual(['Ada 4']);
    expect(await shown('monthly')).toEqual(['Ada 0']);
  });

  it('refuses a select where the store has no SQL', async () => {
    const { players } = await runningGame();
    const refused = players.import({ select: 'select 1' });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'select' });
  });
});
