import { awardId, explanationText, sessionId, silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';

const ada = userId('ada');
const support = { by: 'support:eve', reason: 'ticket 1207' };

async function game(options: Partial<JobHostOptions> = {}) {
  const clock = new VirtualClock('2026-11-20T09:00:00Z');
  const store = memoryStore(clock);
  const host = createJobHost({
    modules: [memoryAdapters(store), cronerScheduler()],
    clock,
    logger: silentLogger,
    ...options,
  });
  await host.open();
  const play = async (at: string, id: string): Promise<void> => {
    clock.jumpTo(at);
    await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId(id) });
    clock.jumpTo(clock.now() + 60_000);
    await host.gameplay.completeQuiz({ sessionId: sessionId(id), xp: 10 });
  };
  const told = async (page?: Parameters<typeof host.explain>[1]) =>
    (await host.explain(ada, page)).map(explanationText);
  return { host, clock, store, play, told };
}

describe('host.explain', () => {
  it('says why a streak broke, with the protection used before', async () => {
    const { host, clock, play, told } = await game({ rules: { streaks: { initialProtections: 1 } } });
    await play('2026-11-21T20:09:00Z', 'q1');
    clock.jumpTo('2026-11-24T00:00:00Z');
    await host.runNow('streak-update');
    clock.jumpTo('2026-11-25T00:00:00Z');
    await host.runNow('streak-update');
    expect((await told()).slice(0, 2)).toEqual([
      'The streak of 1 broke at the tick 2026-11-25T00:00Z: the last quiz was at 2026-11-21T20:10Z, 75 h 50 min before, more than 48 h, and no protection was left.',
      'A protection was used for 2026-11-23 at the tick 2026-11-24T00:00Z, 0 left: the last quiz was at 2026-11-21T20:10Z, 51 h 50 min before, more than 48 h. The streak of 1 went on.',
    ]);
    const [broken] = await host.explain(ada, { limit: 1 });
    expect(broken).toEqual({
      kind: 'streak-broken',
      id: 'streak',
      at: new Date('2026-11-25T00:00:00Z'),
      source: 'streak-update',
      isTick: true,
      rule: 'rules.streaks.breakAfterHours',
      recordedAt: new Date('2026-11-25T00:00:00Z'),
      day: '2026-11-24',
      lostStreak: 1,
      lastQuizAt: new Date('2026-11-21T20:10:00Z'),
      breakAfterHours: 48,
      appliedBy: 'job',
      timeZone: 'UTC',
      changedDays: [],
      isApplied: true,
    });
  });

  it('shows a tick that the job has not come to, and who applied it at last', async () => {
    const { host, clock, play, told } = await game({ rules: { streaks: { initialProtections: 0 } } });
    await play('2026-11-21T20:09:00Z', 'q1');
    clock.jumpTo('2026-11-24T09:12:00Z');
    expect((await host.streaks.read(ada)).currentStreak).toBe(0);
    expect((await told())[0]).toMatch(/no protection was left\. The job has not come to this tick yet\.$/);
    expect(await host.explain(ada, { limit: 1 })).toMatchObject([{ isApplied: false, recordedAt: null }]);
    await play('2026-11-24T09:13:00Z', 'q2');
    const broken = (await told()).filter((text) => text.includes('broke'));
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatch(
      /A call of the player applied the tick at 2026-11-24T09:14Z, before the job did\.$/,
    );
    await host.runNow('streak-update');
    expect((await told()).filter((text) => text.includes('broke'))).toEqual(broken);
  });

  it('names a day with changed clocks in the zone of the schedule', async () => {
    const { host, clock, told } = await game({
      rules: { streaks: { initialProtections: 0 } },
      jobOverrides: { 'streak-update': { schedule: { cron: '0 0 * * *', timeZone: 'Europe/Berlin' } } },
    });
    clock.jumpTo('2027-03-27T12:00:00Z');
    await host.streaks.countQuiz(ada);
    clock.jumpTo('2027-03-30T12:00:00Z');
    await host.runNow('streak-update');
    expect((await told())[0]).toBe(
      'The streak of 1 broke at the tick 2027-03-29T22:00Z: the last quiz was at 2027-03-27T12:00Z, 58 h before, more than 48 h, and no protection was left. The clocks changed in Europe/Berlin: 2027-03-28 had 23 h.',
    );
  });

  it('says what happened to quizzes, lives and XP', async () => {
    const { host, clock, play, told } = await game();
    await play('2026-11-21T20:09:00Z', 'q1');
    await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('q2') });
    clock.jumpTo('2026-11-21T21:05:00Z');
    await host.runNow('session-cleanup');
    await host.runNow('life-regeneration');
    await host.lives.spend(ada, { idempotencyKey: 'door' });
    await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('q3') });
    expect(await told()).toEqual([
      'The quiz q3 was started at 2026-11-21T21:05Z and spent a life. It can be completed before 2026-11-21T21:15Z.',
      'A life was spent at 2026-11-21T21:05Z under the key door: 3 left. While lives are missing, the next one is due from 2026-11-21T21:30Z.',
      'The quiz q2, which was started at 2026-11-21T20:10Z and spent a life, was not completed before 2026-11-21T20:20Z and expired at the tick 2026-11-21T21:00Z.',
      'The last life came back at the tick 2026-11-21T21:00Z; now there are 2. While lives are missing, the next one is due from 2026-11-21T21:30Z.',
      '10 XP were earned at 2026-11-21T20:10Z (award quiz:q1).',
      'The quiz q1, which was started at 2026-11-21T20:09Z and spent a life, was completed at 2026-11-21T20:10Z.',
    ]);
  });

  it('says what came too late, and how a sealed period ended', async () => {
    const { host, clock, play, told } = await game();
    await play('2026-11-21T20:09:00Z', 'q1');
    clock.jumpTo('2026-11-23T00:00:15Z');
    await host.runNow('leaderboard-reset-weekly');
    const late = { awardId: awardId('a1'), userId: ada, amount: 7, earnedAt: '2026-11-22T12:00:00Z' };
    await host.gameplay.awardXp(late);
    await host.gameplay.awardXp(late);
    expect((await told()).slice(0, 3)).toEqual([
      'The period 2026-W47 of weekly ended at 2026-11-23T00:00Z and was sealed: rank 1 of 1 with 10 XP.',
      '7 XP were earned at 2026-11-22T12:00Z (award a1).',
      'The award a1 of 7 XP, earned at 2026-11-22T12:00Z, came too late for weekly 2026-W47: that period was already sealed.',
    ]);
  });

  it('says what operators and the host changed, once for each operation', async () => {
    const { host, clock, told } = await game();
    await host.players.import([
      { userId: 'ada', username: 'Ada', xp: 100, currentStreak: 5, lastQuizAt: clock.now(), currentLives: 1 },
    ]);
    const { players, gameplay } = host;
    for (const again of [1, 2]) {
      clock.jumpTo(Date.parse(`2026-11-20T09:0${again}:00Z`));
      await players.rename(ada, 'Ada L.', { ...support, id: 'a' });
      await players.grantLives(ada, 'full', { ...support, id: 'b' });
      await players.setStreak(ada, { currentStreak: 9, protections: 1 }, { ...support, id: 'c' });
      await players.adjustXp(ada, -50, { ...support, id: 'd' });
    }
    clock.jumpTo('2026-11-20T09:05:00Z');
    await gameplay.startQuiz({ userId: ada, username: 'Lady Ada', sessionId: sessionId('q1') });
    await gameplay.grantProtection(ada);
    await gameplay.grantProtection(ada);
    expect(await told()).toEqual([
      'The name was changed to Lady Ada at 2026-11-20T09:05Z.',
      'The quiz q1 was started at 2026-11-20T09:05Z and spent a life. It can be completed before 2026-11-20T09:15Z.',
      'A protection was granted at 2026-11-20T09:05Z: 2 in all.',
      '50 XP were taken at 2026-11-20T09:01Z by support:eve (ticket 1207).',
      'The streak was set (current 9, protections 1) at 2026-11-20T09:01Z by support:eve (ticket 1207).',
      'The lives were filled up at 2026-11-20T09:01Z by support:eve (ticket 1207).',
      'The name was changed to Ada L. at 2026-11-20T09:01Z by support:eve (ticket 1207).',
      'The player was imported at 2026-11-20T09:00Z with 100 XP, a streak of 5, 2 protections and 1 lives.',
    ]);
  });

  it('pages without leaving out or repeating an entry of one instant', async () => {
    const { host, clock } = await game();
    clock.jumpTo('2026-11-21T20:00:00Z');
    for (const id of ['a', 'b', 'c', 'd'])
      await host.gameplay.awardXp({ awardId: awardId(id), userId: ada, amount: 1 });
    const all = await host.explain(ada);
    expect(all).toHaveLength(4);
    const paged: string[] = [];
    for (let last = (await host.explain(ada, { limit: 1 }))[0]; last;) {
      paged.push(last.id);
      [last] = await host.explain(ada, { limit: 1, before: last });
    }
    expect(paged).toEqual(all.map(({ id }) => id));
    expect(await host.explain(ada, { before: all[0]!.at })).toEqual([]);
    expect(await host.explain(userId('nobody'))).toEqual([]);
  });

  it('forgets an erased player, and what is older than the retention', async () => {
    const { host, clock, told } = await game({ rules: { retention: { playerLogDays: 2 } } });
    await host.players.import([{ userId: 'ada', username: 'Ada' }]);
    await host.players.rename(ada, 'A', support);
    expect(await told()).toHaveLength(2);
    clock.jumpTo('2026-11-23T09:00:00Z');
    await host.runNow('retention');
    expect(await told()).toEqual([]);
    await host.players.rename(ada, 'B', support);
    expect(await told()).toHaveLength(1);
    await host.players.erase(ada, support);
    expect(await told()).toEqual([]);
  });

  it.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1_001 }],
    ['before', { before: 'yesterday' }],
    ['before', { before: null }],
    ['before.id', { before: { at: 0, id: 7 } }],
    ['before', { before: { at: 'x', id: 'y' } }],
    ['after', { after: 0 }],
  ])('refuses a bad %s by name', async (option, page) => {
    const { host } = await game();
    await expect(host.explain(ada, page as never)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });

  it('refuses an id that is none, and a host that is not open', async () => {
    const { host } = await game();
    await expect(host.explain('' as never)).rejects.toMatchObject({ option: 'userId' });
    await host.stop();
    await expect(host.explain(ada)).rejects.toMatchObject({ code: 'HOST_STATE' });
  });
});
