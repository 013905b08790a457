import { awardId, instant, silentLogger, userId, type OperationOptions } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createJobHost } from './create-job-host.ts';

const ada = userId('ada');
const support: OperationOptions = { by: 'support:eve', reason: 'ticket 1207', id: 'op-1' };

async function game() {
  const clock = new VirtualClock('2026-11-20T09:00:00Z');
  const store = memoryStore(clock);
  const host = createJobHost({
    modules: [memoryAdapters(store), cronerScheduler()],
    clock,
    logger: silentLogger,
  });
  await host.open();
  clock.jumpTo('2026-11-24T10:00:00Z');
  await host.players.import([
    {
      userId: 'ada',
      username: 'Ada',
      xp: 100,
      periodXp: { weekly: 40 },
      currentStreak: 5,
      lastQuizAt: clock.now(),
      currentLives: 1,
    },
  ]);
  const events = async () =>
    (await store.outbox.list({ limit: 100 })).map(({ type, key, payload }) => ({ type, key, payload }));
  return { host, players: host.players, clock, store, events };
}

const recorded = (change: object) => [
  {
    type: 'PlayerAdjusted',
    key: 'PlayerAdjusted:op-1',
    payload: { userId: 'ada', ...change, by: 'support:eve', reason: 'ticket 1207' },
  },
];

describe('what support changes about a player', () => {
  it('a name is shown on the boards, once', async () => {
    const { players, host, events } = await game();
    expect(await players.rename(ada, 'Ada L.', support)).toBe(true);
    expect(await players.rename(ada, 'Other', support)).toBe(false);
    const { standings } = await host.leaderboards.top('weekly');
    expect(standings).toMatchObject([{ username: 'Ada L.', score: 40 }]);
    expect(await events()).toEqual(recorded({ change: 'name', username: 'Ada L.' }));
  });

  it('lives are granted beyond the maximum or up to it, after due ticks, once', async () => {
    const { players, host, clock, events } = await game();
    clock.jumpTo('2026-11-24T10:40:00Z');
    expect(await players.grantLives(ada, 'full', support)).toBe(true);
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 5 });
    expect(await players.grantLives(ada, 3, support)).toBe(false);
    expect(await players.grantLives(ada, 3, { ...support, id: 'op-2' })).toBe(true);
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 8 });
    expect(await players.grantLives(ada, 'full', { ...support, id: 'op-3' })).toBe(true);
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 8 });
    expect((await host.lives.spend(ada)).lives.currentLives).toBe(7);
    expect((await events())[0]).toEqual(recorded({ change: 'lives', granted: 'full' })[0]);
  });

  it('a granted life does not restart the timer, and no tick gives it twice', async () => {
    const { players, host, clock } = await game();
    await players.grantLives(ada, 1, support);
    for (const [now, lives] of [
      ['2026-11-24T10:29:00Z', 2],
      ['2026-11-24T10:30:00Z', 3],
      ['2026-11-24T11:00:00Z', 4],
    ] as const) {
      clock.jumpTo(now);
      expect((await host.lives.read(ada)).currentLives).toBe(lives);
      await host.runNow('life-regeneration');
      expect((await host.lives.read(ada)).currentLives).toBe(lives);
    }
  });

  it('a broken streak is restored, and is judged as if the player had played then', async () => {
    const { players, host, clock, events } = await game();
    await players.setStreak(ada, { protections: 0 }, { ...support, id: 'none' });
    clock.jumpTo('2026-11-28T10:00:00Z');
    await host.runNow('streak-update');
    expect(await host.streaks.read(ada)).toMatchObject({ currentStreak: 0 });
    expect(await players.setStreak(ada, { currentStreak: 6, protections: 1 }, support)).toBe(true);
    expect(await players.setStreak(ada, { currentStreak: 9 }, support)).toBe(false);
    const restored = { currentStreak: 6, longestStreak: 6, protections: 1 };
    expect(await host.streaks.read(ada)).toMatchObject(restored);
    clock.jumpTo('2026-11-30T00:00:00Z');
    await host.runNow('streak-update');
    expect(await host.streaks.read(ada)).toMatchObject(restored);
    clock.jumpTo('2026-12-01T00:00:00Z');
    expect(await host.streaks.read(ada)).toMatchObject({ currentStreak: 6, protections: 0 });
    await host.runNow('streak-update');
    expect(await host.streaks.read(ada)).toMatchObject({ currentStreak: 6, protections: 0 });
    expect((await events()).map(({ key }) => key)).toContain('PlayerAdjusted:op-1');
  });

  it('a streak set for a player who never played can break', async () => {
    const { players, host, clock } = await game();
    await players.import([{ userId: 'new', username: 'New', protections: 0 }]);
    await players.setStreak(userId('new'), { currentStreak: 3 }, support);
    clock.jumpTo('2026-11-26T23:59:00Z');
    expect(await host.streaks.read(userId('new'))).toMatchObject({ currentStreak: 3 });
    clock.jumpTo('2026-11-27T00:00:00Z');
    expect(await host.streaks.read(userId('new'))).toMatchObject({ currentStreak: 0 });
  });

  it('XP is given like an award and taken down to 0, once, on boards that are open', async () => {
    const { players, host, store, events } = await game();
    const shown = async () =>
      Promise.all(
        ['global', 'weekly', 'monthly'].map(
          async (board) => (await host.leaderboards.standing(board, ada))?.score,
        ),
      );
    expect(await players.adjustXp(ada, -60, support)).toBe(true);
    expect(await players.adjustXp(ada, -60, support)).toBe(false);
    expect(await shown()).toEqual([40, 0, 0]);
    expect(await players.adjustXp(ada, 25, { ...support, id: 'op-2' })).toBe(true);
    expect(await players.adjustXp(ada, 25, { ...support, id: 'op-2' })).toBe(false);
    expect(await shown()).toEqual([65, 25, 25]);
    expect(await store.awards.xpOf(ada)).toBe(65);
    expect((await events())[0]).toEqual(recorded({ change: 'xp', amount: -60 })[0]);
  });

  it('is undone with the transaction of the host', async () => {
    const { players, host, store, events } = await game();
    const undone = store.transactions.run(async (tx) => {
      await players.rename(ada, 'Other', { ...support, tx });
      await players.grantLives(ada, 2, { ...support, id: 'op-2', tx });
      await players.adjustXp(ada, -5, { ...support, id: 'op-3', tx });
      await players.erase(ada, { ...support, id: 'op-4', tx });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await store.players.find(ada)).toMatchObject({ username: 'Ada' });
    expect((await host.lives.read(ada)).currentLives).toBe(1);
    expect(await events()).toEqual([]);
  });

  it('is refused for a player whom nobody knows, and creates none', async () => {
    const { players, store, events } = await game();
    const bob = userId('bob');
    for (const call of [
      () => players.rename(bob, 'Bob', support),
      () => players.grantLives(bob, 1, support),
      () => players.setStreak(bob, { currentStreak: 1 }, support),
      () => players.adjustXp(bob, 1, support),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'UNKNOWN_PLAYER' });
    expect(await store.players.find(bob)).toBeNull();
    expect(await events()).toEqual([]);
  });
});

describe('erase', () => {
  it('leaves nothing of a player but an event without data, and everybody else as they are', async () => {
    const { players, host, clock, store, events } = await game();
    await players.import([{ userId: 'bob', username: 'Bob', xp: 50, periodXp: { weekly: 50 } }]);
    await host.gameplay.awardXp({ awardId: awardId('a'), userId: ada, amount: 60 });
    await host.gameplay.startQuiz({ userId: ada });
    clock.jumpTo(instant('2026-11-30T00:01:00Z'));
    await host.runNow('leaderboard-reset-weekly');
    expect(await players.erase(ada, support)).toBe(true);
    expect(await players.erase(ada, { ...support, id: 'op-2' })).toBe(false);
    const { standings } = await host.leaderboards.top('weekly', { period: '2026-W48' });
    expect(standings.map(({ rank, username, score }) => [rank, username, score])).toEqual([
      [1, 'Erased player', 100],
      [2, 'Bob', 50],
    ]);
    for (const board of ['global', 'weekly', 'monthly'])
      expect(await host.leaderboards.standing(board, ada)).toBeNull();
    expect(await store.players.find(ada)).toBeNull();
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 5 });
    const about = (await events()).filter(({ payload }) => JSON.stringify(payload).includes('ada'));
    expect(about).toEqual([
      {
        type: 'PlayerErased',
        key: 'PlayerErased:op-1',
        payload: { userId: 'ada', by: 'support:eve', reason: 'ticket 1207' },
      },
    ]);
  });
});
