import { IntervalSchedule, VirtualClock, memoryStore, type MemoryStore } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awardId, sessionId, userId } from '../players/ids.ts';
import { defineBoards } from '../leaderboards/board.ts';
import { Leaderboards } from '../leaderboards/leaderboards.ts';
import { leaderboardRules, type LeaderboardRules } from '../leaderboards/leaderboard-rules.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import { boundedPeriodAt } from '../leaderboards/period.ts';
import { defaultLivesRules } from '../lives/lives-rules.ts';
import { PlayerLives } from '../lives/player-lives.ts';
import { silentLogger, type LogFields, type Logger } from '../../engine/common/logger.ts';
import { defaultSessionRules } from '../sessions/session-rules.ts';
import { defaultStreakRules } from '../streaks/streak-rules.ts';
import { PlayerStreaks } from '../streaks/player-streaks.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, iso, addMs, type Instant } from '../../engine/time/instant.ts';
import { ComposedQuizStore } from './composed-quiz-store.ts';
import { Gameplay, type GameplayPorts } from './gameplay.ts';

const [ada, bob] = [userId('ada'), userId('bob')];
const [one, two] = [sessionId('one'), sessionId('two')];
const now = instant('2026-11-24T10:10:00Z');
const refusal = (option: string): unknown => expect.objectContaining({ code: 'INVALID_OPTION', option });

/** A game in memory, without jobs. */
class World {
  readonly clock = new VirtualClock(now);
  readonly store = memoryStore(this.clock);
  readonly boards = defineBoards();
  readonly warnings: (readonly [string, LogFields | undefined])[] = [];
  readonly gameplay: Gameplay;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly leaderboards: Leaderboards;
  #ids = 0;

  constructor(
    exchanged: (store: MemoryStore) => Partial<GameplayPorts> = () => ({}),
    leaderboards: Partial<LeaderboardRules> = {},
  ) {
    const { store, clock, boards } = this;
    const { leaderboardCache } = store;
    this.lives = new PlayerLives({
      ...store,
      clock,
      rules: defaultLivesRules,
      schedule: new IntervalSchedule(30),
    });
    this.streaks = new PlayerStreaks({
      ...store,
      clock,
      rules: defaultStreakRules,
      schedule: new IntervalSchedule(24 * 60),
    });
    this.leaderboards = new Leaderboards({
      ...store,
      boards,
      cache: leaderboardCache,
      clock,
    });
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => void this.warnings.push([message, fields]),
    };
    this.gameplay = new Gameplay({
      ...store,
      cache: leaderboardCache,
      clock,
      boards,
      logger,
      lives: this.lives,
      streaks: this.streaks,
      rules: {
        sessions: defaultSessionRules,
        streaks: defaultStreakRules,
        leaderboards: leaderboardRules(leaderboards),
      },
      newId: () => `session-${(this.#ids += 1)}`,
      ...exchanged(store),
    });
  }

  async currentLives(player = ada): Promise<number> {
    return (await this.lives.read(player)).currentLives;
  }

  /** A board as its readers see it. */
  async shown(board: string): Promise<string> {
    const { standings } = await this.leaderboards.top(board);
    return standings.map(({ rank, username, score }) => `${rank} ${username} ${score}`).join(', ');
  }

  async events(): Promise<readonly string[]> {
    return (await this.store.outbox.list({ limit: 100 })).map(({ key }) => key);
  }

  /** Everything that is stored about the game. */
  async everything(): Promise<unknown> {
    const { players, lives, streaks, sessions, periods, awards } = this.store;
    const page = { limit: 1_000 };
    const boards = this.boards.map((board) => periods.list(board, page));
    return {
      players: [await players.find(ada), await players.find(bob)],
      lives: await lives.list(page),
      streaks: await streaks.list(page),
      sessions: await sessions.list(page),
      xp: [await awards.xpOf(ada), await awards.xpOf(bob)],
      periods: await Promise.all(boards),
      shown: await Promise.all(this.boards.map(({ key }) => this.shown(key))),
      events: await this.events(),
    };
  }
}

/** A cache of which something is known before it is written to. */
function watched(cache: LeaderboardCache, look: (verb: string) => void): LeaderboardCache {
  const seen = async <Result>(verb: string, work: () => Promise<Result>): Promise<Result> => {
    look(verb);
    return work();
  };
  return {
    top: (at, page) => cache.top(at, page),
    standing: (at, id) => cache.standing(at, id),
    around: (at, id, neighbours) => cache.around(at, id, neighbours),
    size: (at) => cache.size(at),
    record: (at, score) => seen('record', () => cache.record(at, score)),
    rename: (at, player) => seen('rename', () => cache.rename(at, player)),
    reconcile: (at, truth, options) => cache.reconcile(at, truth, options),
    drop: (at) => cache.drop(at),
  };
}

describe('startQuiz', () => {
  it('spends a life and opens a session of ten minutes; the first start makes the player known', async () => {
    const { gameplay, store } = new World();
    const result = await gameplay.startQuiz({ userId: ada, sessionId: one });
    const session = {
      id: one,
      userId: ada,
      status: 'active',
      startedAt: now,
      expiresAt: addMs(now, 10 * MINUTE_MS),
      completedAt: null,
    };
    const lives = {
      userId: ada,
      currentLives: 4,
      lastRegenAt: null,
      nextRegenAt: addMs(now, 30 * MINUTE_MS),
    };
    expect(result).toEqual({
      ok: true,
      session: { ...session, startedAt: new Date(now), expiresAt: new Date(session.expiresAt) },
      lives: { ...lives, nextRegenAt: new Date(lives.nextRegenAt) },
    });
    expect(await store.sessions.find(one)).toEqual(session);
    expect(await store.lives.find(ada)).toEqual(lives);
    expect(await store.players.find(ada)).toEqual({ userId: ada, username: 'ada' });
    expect(await store.streaks.find(ada)).toMatchObject({ currentStreak: 0, protections: 2 });
  });

  it('makes up an id for a session that the host gives none, a new one each time', async () => {
    const { gameplay } = new World();
    const started = [await gameplay.startQuiz({ userId: ada }), await gameplay.startQuiz({ userId: ada })];
    expect(started.map((result) => result.ok && result.session.id)).toEqual(['session-1', 'session-2']);
  });

  it('answers no-lives when none is left, opens nothing, and takes the next life that comes', async () => {
    const world = new World();
    for (let spent = 0; spent < 5; spent += 1)
      expect(await world.gameplay.startQuiz({ userId: ada })).toMatchObject({ ok: true });
    const refused = await world.gameplay.startQuiz({ userId: ada, sessionId: one });
    expect(refused).toEqual({
      ok: false,
      reason: 'no-lives',
      lives: {
        userId: ada,
        currentLives: 0,
        lastRegenAt: null,
        nextRegenAt: new Date(addMs(now, 30 * MINUTE_MS)),
      },
    });
    expect(await world.store.sessions.find(one)).toBeNull();
    world.clock.jumpTo(instant('2026-11-24T11:00:00Z'));
    expect(await world.gameplay.startQuiz({ userId: ada, sessionId: one })).toMatchObject({ ok: true });
  });

  it('answers a session that exists and spends nothing, however often, also without lives or when it is over', async () => {
    const world = new World();
    const quiz = { userId: ada, sessionId: one };
    const first = await world.gameplay.startQuiz(quiz);
    expect(await world.gameplay.startQuiz(quiz)).toEqual(first);
    for (let spent = 1; spent < 5; spent += 1) await world.gameplay.startQuiz({ userId: ada });
    expect(await world.gameplay.startQuiz(quiz)).toMatchObject({ ok: true, lives: { currentLives: 0 } });
    await world.gameplay.completeQuiz({ sessionId: one, xp: 1 });
    expect(await world.gameplay.startQuiz(quiz)).toMatchObject({
      ok: true,
      session: { status: 'completed' },
    });
  });

  it.each(['tx', 'at', 'sesionId'])(
    'refuses %s in its first argument by name, and spends nothing',
    async (name) => {
      const world = new World();
      const quiz = { userId: ada, [name]: {} };
      await expect(world.gameplay.startQuiz(quiz)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        option: `quiz.${name}`,
      });
      expect(await world.store.lives.find(ada)).toBeNull();
    },
  );

  it('refuses the session of another player by name, and spends nothing', async () => {
    const world = new World();
    await world.gameplay.startQuiz({ userId: ada, sessionId: one });
    const before = await world.everything();
    const stolen = world.gameplay.startQuiz({ userId: bob, sessionId: one });
    await expect(stolen).rejects.toThrow(refusal('sessionId'));
    expect(await world.everything()).toEqual(before);
  });

  it('takes over the name to show, and keeps it until there is another', async () => {
    const world = new World();
    const start = (username?: string): Promise<unknown> =>
      world.gameplay.startQuiz({ userId: ada, ...(username !== undefined && { username }) });
    await start();
    await world.gameplay.awardXp({ awardId: awardId('a'), userId: ada, amount: 5 });
    expect(await world.shown('global')).toBe('1 ada 5');
    await start('Ada L.');
    await start();
    await world.gameplay.awardXp({ awardId: awardId('b'), userId: ada, amount: 5 });
    expect(await world.shown('global')).toBe('1 Ada L. 10');
    await start('Countess');
    expect(await world.store.players.find(ada)).toEqual({ userId: ada, username: 'Countess' });
  });

  it('shows a new name on the cached boards right after the commit, and asks the caches for nothing else', async () => {
    const asked: string[] = [];
    const world = new World(({ leaderboardCache }) => ({
      cache: watched(leaderboardCache, (verb) => void asked.push(verb)),
    }));
    await world.gameplay.startQuiz({ userId: ada, username: 'Ada' });
    await world.gameplay.startQuiz({ userId: ada, username: 'Ada' });
    await world.gameplay.startQuiz({ userId: ada });
    expect(asked).toEqual([]);
    await world.gameplay.awardXp({ awardId: awardId('a'), userId: ada, amount: 5 });
    await world.gameplay.startQuiz({ userId: ada, username: 'Countess' });
    for (const { key } of world.boards) expect(await world.shown(key)).toBe('1 Countess 5');
    await world.store.transactions.run((tx) =>
      world.gameplay.startQuiz({ userId: ada, username: 'Lovelace' }, { tx }),
    );
    expect(await world.shown('weekly')).toBe('1 Countess 5');
    await world.gameplay.updateCachedName(ada);
    await world.gameplay.updateCachedName(bob);
    expect(await world.shown('weekly')).toBe('1 Lovelace 5');
  });

  it('is not said to have failed where a cache misses the new name', async () => {
    const world = new World(({ leaderboardCache }) => ({
      cache: watched(leaderboardCache, (verb) => {
        if (verb === 'rename') throw new Error('gone');
      }),
    }));
    await world.gameplay.startQuiz({ userId: ada, username: 'Ada' });
    const renamed = await world.gameplay.startQuiz({ userId: ada, username: 'Countess' });
    expect(renamed).toMatchObject({ ok: true });
    expect(world.warnings).toMatchObject([
      [expect.stringContaining('cache is unavailable'), { operation: 'update', error: 'gone' }],
    ]);
  });

  it('happens when the host says that it did', async () => {
    const { gameplay } = new World();
    const at = addMs(now, -HOUR_MS);
    const expected = {
      session: { startedAt: new Date(at), expiresAt: new Date(addMs(at, 10 * MINUTE_MS)) },
      lives: { nextRegenAt: new Date(addMs(at, 30 * MINUTE_MS)) },
    };
    expect(await gameplay.startQuiz({ userId: ada }, { at })).toMatchObject(expected);
    for (const same of [new Date(at), iso(at)])
      expect(await gameplay.startQuiz({ userId: ada }, { at: same })).toMatchObject(expected);
  });

  it('law 4: two starts of one session at the same time open it once and spend one life', async () => {
    const world = new World();
    const quiz = { userId: ada, sessionId: one };
    const [first, second] = await Promise.all([
      world.gameplay.startQuiz(quiz),
      world.gameplay.startQuiz(quiz),
    ]);
    expect(second).toEqual(first);
    expect(await world.currentLives()).toBe(4);
  });

  describe('in a store whose reads do not wait for the other start', () => {
    it('undoes itself and answers the session of the other', async () => {
      const world = overlooking(1);
      const first = await world.gameplay.startQuiz({ userId: ada, sessionId: one });
      world.clock.jumpTo(addMs(now, 1));
      expect(await world.gameplay.startQuiz({ userId: ada, sessionId: one })).toEqual(first);
      expect(await world.currentLives()).toBe(4);
    });

    it('refuses when it is another player’s', async () => {
      const world = overlooking(1);
      await world.gameplay.startQuiz({ userId: bob, sessionId: one });
      const stolen = world.gameplay.startQuiz({ userId: ada, sessionId: one });
      await expect(stolen).rejects.toThrow(refusal('sessionId'));
      expect(await world.currentLives()).toBe(5);
      expect(await world.store.players.find(ada)).toBeNull();
    });

    it('leaves it to the host to repeat a transaction of the host’s', async () => {
      const world = overlooking(1);
      await world.gameplay.startQuiz({ userId: ada, sessionId: one });
      const start = (): Promise<unknown> =>
        world.store.transactions.run((tx) =>
          world.gameplay.startQuiz({ userId: ada, sessionId: one }, { tx }),
        );
      await expect(start()).rejects.toMatchObject({ code: 'CONCURRENT_START' });
      expect(await world.currentLives()).toBe(4);
      expect(await start()).toMatchObject({ ok: true, session: { id: one } });
      expect(await world.currentLives()).toBe(4);
    });

    it('says so when the other start shows up twice', async () => {
      const world = overlooking(2);
      await world.gameplay.startQuiz({ userId: ada, sessionId: one });
      const again = world.gameplay.startQuiz({ userId: ada, sessionId: one });
      await expect(again).rejects.toMatchObject({ code: 'CONCURRENT_START' });
      expect(await world.currentLives()).toBe(4);
    });
  });
});

describe('completeQuiz', () => {
  const started = async (): Promise<World> => {
    const world = new World();
    await world.gameplay.startQuiz({ userId: ada, sessionId: one });
    return world;
  };

  it('finishes the session, counts for the streak and awards the XP, earned at that instant, on every board', async () => {
    const world = await started();
    const at = addMs(now, MINUTE_MS);
    world.clock.jumpTo(at);
    const result = await world.gameplay.completeQuiz({ sessionId: one, xp: 120 });
    expect(result).toMatchObject({
      ok: true,
      session: { id: one, status: 'completed', completedAt: new Date(at) },
      streak: { userId: ada, currentStreak: 1, lastQuizAt: new Date(at) },
      award: { counted: true, late: [] },
    });
    const scores = result.ok ? result.award.scores : [];
    expect(scores.map(({ board, period, score }) => [board.key, period.key, score])).toEqual(
      [
        ['global', 'all'],
        ['weekly', '2026-W48'],
        ['monthly', '2026-11'],
      ].map(([board, period]) => [
        board,
        period,
        { userId: ada, username: 'ada', score: 120, lastXpAt: new Date(at) },
      ]),
    );
    expect(await world.store.awards.xpOf(ada)).toBe(120);
    for (const { key } of world.boards) expect(await world.shown(key)).toBe('1 ada 120');
  });

  it('counts a quiz without any XP for the streak too', async () => {
    const world = await started();
    expect(await world.gameplay.completeQuiz({ sessionId: one, xp: 0 })).toMatchObject({
      ok: true,
      streak: { currentStreak: 1 },
      award: { counted: true },
    });
    expect(await world.shown('weekly')).toBe('1 ada 0');
  });

  it.each([
    ['swept', true],
    ['not yet swept', false],
  ])('refuses at and after expiresAt, %s, and changes nothing', async (_, isSwept) => {
    const world = await started();
    const expiresAt = addMs(now, 10 * MINUTE_MS);
    if (isSwept) {
      const { transactions, sessions } = world.store;
      await transactions.run((tx) => sessions.expireDue(tx, { asOf: expiresAt, after: null, limit: 10 }));
    }
    const before = await world.everything();
    for (const at of [expiresAt, addMs(expiresAt, 1), addMs(expiresAt, HOUR_MS)]) {
      world.clock.jumpTo(at);
      expect(await world.gameplay.completeQuiz({ sessionId: one, xp: 5 })).toMatchObject({
        ok: false,
        reason: 'expired',
        session: { id: one, status: isSwept ? 'expired' : 'active' },
      });
    }
    world.clock.jumpTo(now);
    expect(await world.everything()).toEqual(before);
  });

  it('accepts in the last millisecond before expiresAt', async () => {
    const world = await started();
    world.clock.jumpTo(addMs(now, 10 * MINUTE_MS - 1));
    expect(await world.gameplay.completeQuiz({ sessionId: one, xp: 5 })).toMatchObject({ ok: true });
  });

  it('answers already-completed the second time, and awards nothing more, also after expiresAt', async () => {
    const world = await started();
    await world.gameplay.completeQuiz({ sessionId: one, xp: 5 });
    for (const minutes of [0, 1, 60]) {
      world.clock.jumpTo(addMs(now, minutes * MINUTE_MS));
      expect(await world.gameplay.completeQuiz({ sessionId: one, xp: 5 })).toMatchObject({
        ok: false,
        reason: 'already-completed',
        session: { completedAt: new Date(now) },
      });
    }
    expect(await world.store.awards.xpOf(ada)).toBe(5);
  });

  it('answers unknown-session for one that was never begun', async () => {
    const { gameplay } = new World();
    expect(await gameplay.completeQuiz({ sessionId: two, xp: 5 })).toEqual({
      ok: false,
      reason: 'unknown-session',
    });
  });

  it('makes the award’s id from the session’s, unless the host gives one', async () => {
    const world = await started();
    await world.gameplay.completeQuiz({ sessionId: one, xp: 5 });
    const again = { userId: ada, amount: 5 };
    expect(await world.gameplay.awardXp({ ...again, awardId: awardId('quiz:one') })).toMatchObject({
      counted: false,
    });
    await world.gameplay.startQuiz({ userId: ada, sessionId: two });
    await world.gameplay.completeQuiz({ sessionId: two, xp: 5, awardId: awardId('mine') });
    expect(await world.gameplay.awardXp({ ...again, awardId: awardId('mine') })).toMatchObject({
      counted: false,
    });
    expect(await world.gameplay.awardXp({ ...again, awardId: awardId('quiz:two') })).toMatchObject({
      counted: true,
    });
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, '5' as unknown as number])(
    'refuses %s points by name, and leaves the session open',
    async (xp) => {
      const world = await started();
      await expect(world.gameplay.completeQuiz({ sessionId: one, xp })).rejects.toThrow(refusal('xp'));
      expect(await world.store.sessions.find(one)).toMatchObject({ status: 'active' });
    },
  );

  it('settles the days that a late job has not judged before the quiz counts', async () => {
    const world = await started();
    await world.gameplay.completeQuiz({ sessionId: one, xp: 5 });
    world.clock.jumpTo(addMs(now, 3 * DAY_MS));
    await world.gameplay.startQuiz({ userId: ada, sessionId: two });
    expect(await world.gameplay.completeQuiz({ sessionId: two, xp: 5 })).toMatchObject({
      streak: { currentStreak: 2, protections: 1 },
    });
    expect(await world.events()).toEqual([
      'LivesRefilled:2026-11-24T11:00:00.000Z:ada',
      'StreakProtected:2026-11-27:ada',
    ]);
  });
});

describe('awardXp', () => {
  const award = { awardId: awardId('bonus'), userId: ada, amount: 7 };

  it('files XP by when it was earned, into the period of each board', async () => {
    const world = new World();
    const sunday = instant('2026-11-22T23:59:59.999Z');
    await world.gameplay.awardXp({ ...award, earnedAt: sunday });
    await world.gameplay.awardXp({ ...award, awardId: awardId('other'), amount: 1 });
    expect(await world.shown('weekly')).toBe('1 ada 1');
    expect(await world.shown('monthly')).toBe('1 ada 8');
    expect(await world.leaderboards.standing('weekly', ada, { period: '2026-W47' })).toMatchObject({
      score: 7,
      lastXpAt: new Date(sunday),
    });
  });

  it('makes a player known who has never played', async () => {
    const world = new World();
    await world.gameplay.awardXp(award);
    expect(await world.store.players.find(ada)).toEqual({ userId: ada, username: 'ada' });
    expect(await world.store.streaks.find(ada)).toMatchObject({ currentStreak: 0, protections: 2 });
    expect(await world.currentLives()).toBe(5);
  });

  it('counts an id once, whatever it is sent again with', async () => {
    const world = new World();
    const once = await world.gameplay.awardXp(award);
    expect(once.counted).toBe(true);
    const none = { counted: false, scores: [], late: [], allTimeOnly: false };
    expect(await world.gameplay.awardXp(award)).toEqual(none);
    expect(await world.gameplay.awardXp({ ...award, userId: bob, amount: 99 })).toEqual(none);
    expect(await world.shown('global')).toBe('1 ada 7');
  });

  it('refuses an instant in the future by name, and takes the present and a minute of skew', async () => {
    const world = new World();
    const at = addMs(now, -HOUR_MS);
    const ahead = (from: Instant): Instant => addMs(from, MINUTE_MS + 1);
    await expect(world.gameplay.awardXp({ ...award, earnedAt: ahead(now) })).rejects.toThrow(
      refusal('earnedAt'),
    );
    await expect(world.gameplay.awardXp({ ...award, earnedAt: ahead(at) }, { at })).rejects.toThrow(
      refusal('earnedAt'),
    );
    expect(await world.store.players.find(ada)).toBeNull();
    for (const [index, skew] of [0, 1, MINUTE_MS].entries()) {
      const skewed = { ...award, awardId: awardId(`skew ${index}`), earnedAt: addMs(now, skew) };
      expect(await world.gameplay.awardXp(skewed)).toMatchObject({ counted: true });
    }
  });

  it('refuses XP from too long ago by name, and opens no period for it', async () => {
    const world = new World();
    const bound = addMs(now, -35 * DAY_MS);
    expect(await world.gameplay.awardXp({ ...award, earnedAt: bound })).toMatchObject({ counted: true });
    // Seconds where milliseconds belong: some weeks into 1970.
    for (const earnedAt of [addMs(bound, -1), instant(now / 1_000), instant(-8.64e15)]) {
      const old = { ...award, awardId: awardId('old'), earnedAt };
      await expect(world.gameplay.awardXp(old)).rejects.toMatchObject({
        code: 'AWARD_TOO_OLD',
        earnedAt: new Date(earnedAt),
      });
      await expect(world.gameplay.awardXp(old, { at: earnedAt })).rejects.toMatchObject({
        code: 'AWARD_TOO_OLD',
        message: expect.stringContaining(iso(earnedAt)) as unknown,
      });
    }
    const known = await world.leaderboards.periods('weekly');
    expect(known.map(({ key }) => key)).toEqual([boundedPeriodAt(world.boards[1]!, bound)!.key]);
  });

  it('counts XP from too long ago on boards without end alone where the host says so, and tells it', async () => {
    const world = new World(undefined, { oldAwards: 'all-time', maxAwardAgeDays: 1 });
    const earnedAt = addMs(now, -DAY_MS - 1);
    const outcome = await world.gameplay.awardXp({ ...award, earnedAt });
    expect(outcome).toMatchObject({ counted: true, allTimeOnly: true, late: [] });
    expect(outcome.scores.map(({ board }) => board.key)).toEqual(['global']);
    expect(await world.leaderboards.periods('weekly')).toEqual([]);
    expect(await world.gameplay.awardXp({ ...award, earnedAt })).toMatchObject({ counted: false });
    const recent = { ...award, awardId: awardId('recent'), earnedAt: addMs(now, -DAY_MS) };
    expect(await world.gameplay.awardXp(recent)).toMatchObject({ allTimeOnly: false });
    expect(await world.store.outbox.list({ limit: 10 })).toEqual([]);
  });

  it.each(['startQuiz', 'completeQuiz', 'awardXp', 'grantProtection', 'spend', 'countQuiz'] as const)(
    'applies no ticks that have not come: %s refuses to have happened in the future',
    async (call) => {
      const { gameplay, lives, streaks, store } = new World();
      const when = { at: addMs(now, MINUTE_MS + 1) };
      const calls = {
        startQuiz: () => gameplay.startQuiz({ userId: ada, sessionId: one }, when),
        completeQuiz: () => gameplay.completeQuiz({ sessionId: one, xp: 1 }, when),
        awardXp: () => gameplay.awardXp(award, when),
        grantProtection: () => gameplay.grantProtection(ada, when),
        spend: () => lives.spend(ada, when),
        countQuiz: () => streaks.countQuiz(ada, when),
      };
      await expect(calls[call]()).rejects.toThrow(refusal('at'));
      expect(await store.players.find(ada)).toBeNull();
      expect(await store.lives.find(ada)).toBeNull();
    },
  );

  it.each([-1, 0.5, Number.NaN, 2 ** 53, '7' as unknown as number])(
    'refuses an amount of %s by name',
    async (amount) => {
      const world = new World();
      await expect(world.gameplay.awardXp({ ...award, amount })).rejects.toThrow(refusal('amount'));
      expect(await world.store.players.find(ada)).toBeNull();
    },
  );

  it('takes the largest amount that a score can hold', async () => {
    const world = new World();
    await world.gameplay.awardXp({ ...award, amount: Number.MAX_SAFE_INTEGER });
    expect(await world.shown('global')).toBe(`1 ada ${Number.MAX_SAFE_INTEGER}`);
  });

  it('law 8: reports an award for a sealed period as late, once, and counts it where a period is open', async () => {
    const world = new World();
    const weekly = world.boards.find(({ key }) => key === 'weekly')!;
    const earnedAt = instant('2026-11-22T20:00:00Z');
    const period = boundedPeriodAt(weekly, earnedAt)!;
    const { transactions, periods, periodResets, outbox } = world.store;
    await transactions.run(async (tx) => {
      await periods.open(tx, weekly, earnedAt);
      await periodResets.seal(tx, { board: weekly, period }, period.endsAt);
    });
    const outcome = await world.gameplay.awardXp({ ...award, earnedAt });
    const { key, startsAt, endsAt } = period;
    expect(outcome.late).toEqual([
      { board: weekly, period: { key, startsAt: new Date(startsAt), endsAt: new Date(endsAt) } },
    ]);
    expect(outcome.scores.map(({ board }) => board.key)).toEqual(['global', 'monthly']);
    await world.gameplay.awardXp({ ...award, earnedAt });
    expect(await outbox.list({ limit: 10 })).toMatchObject([
      {
        type: 'AwardLate',
        key: 'AwardLate:weekly:2026-W47:bonus',
        occurredAt: earnedAt,
        payload: { userId: ada, awardId: 'bonus', board: 'weekly', period: '2026-W47', amount: 7 },
      },
    ]);
    expect(await world.shown('weekly')).toBe('');
    expect(await world.shown('global')).toBe('1 ada 7');
  });
});

describe('importXp', () => {
  const old = {
    awardId: awardId('season 2019'),
    userId: ada,
    amount: 900,
    earnedAt: instant('2019-03-01T00:00:00Z'),
  };

  it('counts XP of any age for the player and for all time, once, without periods and events', async () => {
    const world = new World();
    expect(await world.gameplay.importXp(old)).toMatchObject({ counted: true, late: [] });
    expect(await world.gameplay.importXp(old)).toEqual({ counted: false, scores: [], late: [] });
    expect(await world.store.awards.xpOf(ada)).toBe(900);
    expect(await world.shown('global')).toBe('1 ada 900');
    for (const board of ['weekly', 'monthly']) expect(await world.leaderboards.periods(board)).toEqual([]);
    expect(await world.store.outbox.list({ limit: 10 })).toEqual([]);
  });

  it('refuses what has not come and what is no amount by name', async () => {
    const world = new World();
    const future = { ...old, earnedAt: addMs(now, MINUTE_MS + 1) };
    await expect(world.gameplay.importXp(future)).rejects.toThrow(refusal('earnedAt'));
    await expect(world.gameplay.importXp({ ...old, amount: -1 })).rejects.toThrow(refusal('amount'));
    expect(await world.store.players.find(ada)).toBeNull();
  });
});

describe('grantProtection', () => {
  it('adds one, and refuses at the maximum as an answer', async () => {
    const world = new World();
    await world.gameplay.startQuiz({ userId: ada, sessionId: one });
    await world.gameplay.completeQuiz({ sessionId: one, xp: 1 });
    expect(await world.gameplay.grantProtection(ada)).toMatchObject({ ok: false, reason: 'at-maximum' });
    world.clock.jumpTo(addMs(now, 3 * DAY_MS));
    expect(await world.gameplay.grantProtection(ada)).toMatchObject({
      ok: true,
      streak: { protections: 2, currentStreak: 1 },
    });
  });
});

describe('a transaction of the host', () => {
  it('law 3: undoes all that was done in it as a whole', async () => {
    const world = new World();
    await world.gameplay.startQuiz({ userId: bob, sessionId: two });
    world.clock.jumpTo(addMs(now, MINUTE_MS));
    const before = await world.everything();
    const undone = world.store.transactions.run(async (tx) => {
      await world.gameplay.startQuiz({ userId: ada, sessionId: one, username: 'Ada' }, { tx });
      await world.gameplay.completeQuiz({ sessionId: one, xp: 10 }, { tx });
      await world.gameplay.completeQuiz({ sessionId: two, xp: 20 }, { tx });
      await world.gameplay.awardXp({ awardId: awardId('bonus'), userId: ada, amount: 30 }, { tx });
      await world.gameplay.grantProtection(ada, { tx, at: addMs(now, MINUTE_MS) });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await world.everything()).toEqual(before);
  });

  it('keeps all of it when it commits; leaderboards show it once it is published', async () => {
    const world = new World();
    const awards = await world.store.transactions.run(async (tx) => {
      await world.gameplay.startQuiz({ userId: ada, sessionId: one }, { tx });
      const completed = await world.gameplay.completeQuiz({ sessionId: one, xp: 10 }, { tx });
      const bonus = { awardId: awardId('bonus'), userId: ada, amount: 30 };
      const awarded = await world.gameplay.awardXp(bonus, { tx });
      return completed.ok ? [completed.award, awarded] : [];
    });
    expect(await world.store.awards.xpOf(ada)).toBe(40);
    expect(await world.shown('weekly')).toBe('');
    for (const award of awards.toReversed()) await world.gameplay.updateCachedScores(award);
    for (const { key } of world.boards) expect(await world.shown(key)).toBe('1 ada 40');
  });

  it('is shown by awards that came back from a queue as JSON, in the order of their instants', async () => {
    const world = new World();
    const award = { awardId: awardId('bonus'), userId: ada, amount: 30 };
    const other = { ...award, awardId: awardId('other'), userId: bob, earnedAt: addMs(now, -MINUTE_MS) };
    for (const one of [award, other]) {
      const awarded = await world.store.transactions.run((tx) => world.gameplay.awardXp(one, { tx }));
      const sent = JSON.parse(JSON.stringify(awarded)) as typeof awarded;
      await world.gameplay.updateCachedScores(sent);
    }
    expect(await world.shown('weekly')).toBe('1 ada 30, 2 bob 30');
    expect(await world.leaderboards.standing('weekly', bob)).toMatchObject({
      lastXpAt: new Date(other.earnedAt),
    });
  });

  it('that was never published is shown after the next recalculation', async () => {
    const world = new World();
    const award = { awardId: awardId('bonus'), userId: ada, amount: 30 };
    await world.store.transactions.run((tx) => world.gameplay.awardXp(award, { tx }));
    await world.leaderboards.recalculate('weekly');
    expect(await world.shown('weekly')).toBe('1 ada 30');
  });
});

describe('a slow cache', () => {
  it('is told of all boards at once: a player waits for the slowest, not for their sum', async () => {
    const told: string[] = [];
    const answers = Promise.withResolvers<void>();
    const world = new World(({ leaderboardCache }) => ({
      cache: replacing(leaderboardCache, {
        record: async (at) => {
          told.push(at.board.key);
          if (told.length === 3) answers.resolve();
          await answers.promise;
        },
      }),
    }));
    await world.gameplay.awardXp({ awardId: awardId('a'), userId: ada, amount: 5 });
    expect(told).toEqual(['global', 'weekly', 'monthly']);
  });
});

describe('a cache that cannot be reached', () => {
  it('fails no play: what was earned is kept, and one warning says what is missed', async () => {
    const world = withoutCache(() => true);
    await world.gameplay.startQuiz({ userId: ada, sessionId: one });
    expect(await world.gameplay.completeQuiz({ sessionId: one, xp: 10 })).toMatchObject({ ok: true });
    const award = { awardId: awardId('bonus'), userId: ada, amount: 30 };
    expect(await world.gameplay.awardXp(award)).toMatchObject({ counted: true });
    expect(await world.store.awards.xpOf(ada)).toBe(40);
    expect(world.warnings).toEqual([
      [
        expect.stringMatching(/^leaderboard cache is unavailable: .*next recalculation repairs/),
        {
          dependency: 'leaderboard-cache',
          operation: 'update',
          board: 'global',
          period: 'all',
          error: 'gone',
        },
      ],
    ]);
  });

  it('for one board is shown the others all the same', async () => {
    const world = withoutCache((board) => board === 'global');
    await world.gameplay.awardXp({ awardId: awardId('bonus'), userId: ada, amount: 30 });
    expect(await world.shown('global')).toBe('');
    expect(await world.shown('weekly')).toBe('1 ada 30');
    expect(await world.shown('monthly')).toBe('1 ada 30');
  });
});

describe('law 4: whatever players do at once', () => {
  it('every session costs one life, every finished one and every award counts once', async () => {
    const ids = fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6', 's7');
    const actions = fc.oneof(
      fc.record({ what: fc.constant('start' as const), id: ids }),
      fc.record({ what: fc.constant('complete' as const), id: ids }),
      fc.record({ what: fc.constant('award' as const), id: ids }),
    );
    const moments = fc.array(fc.tuple(fc.nat(4), fc.array(actions, { minLength: 1, maxLength: 6 })), {
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(moments, async (moments) => {
        const world = new World();
        const { gameplay, clock } = world;
        for (const [minutes, atOnce] of moments) {
          clock.jumpTo(addMs(clock.now(), minutes * MINUTE_MS));
          await Promise.all(
            atOnce.map(({ what, id }): Promise<unknown> => {
              if (what === 'start') return gameplay.startQuiz({ userId: ada, sessionId: sessionId(id) });
              if (what === 'complete') return gameplay.completeQuiz({ sessionId: sessionId(id), xp: 10 });
              return gameplay.awardXp({ awardId: awardId(id), userId: ada, amount: 1 });
            }),
          );
        }
        const sessions = await world.store.sessions.list({ limit: 100 });
        const refilled = (await world.lives.read(ada)).currentLives - 5 + sessions.length;
        const halfHours = Math.floor((clock.now() - now) / MINUTE_MS / 30) + 1;
        expect(refilled).toBeGreaterThanOrEqual(0);
        expect(refilled).toBeLessThanOrEqual(halfHours);
        const awards = moments.flatMap(([, atOnce]) => atOnce.filter(({ what }) => what === 'award'));
        const awarded = new Set(awards.map(({ id }) => id));
        const xp = awarded.size + 10 * sessions.filter(({ status }) => status === 'completed').length;
        expect(await world.store.awards.xpOf(ada)).toBe(xp);
        const standing = await world.leaderboards.standing('weekly', ada);
        expect(standing?.score ?? 0).toBe(xp);
      }),
      { numRuns: 100 },
    );
  });
});

/** A world in which so many starts overlook a session that is there, as a read does that came before its commit. */
function overlooking(times: number): World {
  let left = times;
  return new World(({ sessions, ...store }) => {
    const overlooked = replacing(sessions, {
      find: async (id, tx) => {
        const found = await sessions.find(id, tx);
        return found && (left -= 1) >= 0 ? null : found;
      },
    });
    return { quizzes: new ComposedQuizStore({ ...store, sessions: overlooked }) };
  });
}

/** A world whose cache cannot be reached for some boards. */
function withoutCache(fails: (board: string) => boolean): World {
  return new World(({ leaderboardCache }) => ({
    cache: replacing(leaderboardCache, {
      record: async (at, score) => {
        if (fails(at.board.key)) throw new Error('gone');
        await leaderboardCache.record(at, score);
      },
    }),
  }));
}

/** A port with some of its verbs exchanged. */
function replacing<Port extends object>(port: Port, verbs: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(name in verbs ? verbs : target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
