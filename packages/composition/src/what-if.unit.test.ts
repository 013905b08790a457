import { silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createJobHost } from './create-job-host.ts';

async function game() {
  const clock = new VirtualClock('2026-11-20T09:00:00Z');
  const store = memoryStore(clock);
  const host = createJobHost({
    modules: [memoryAdapters(store), cronerScheduler()],
    clock,
    logger: silentLogger,
    rules: { streaks: { initialProtections: 0 } },
  });
  await host.open();
  // Before a midnight, two players are in danger by 36 hours, and one of them by 48.
  clock.jumpTo('2026-11-21T20:00:00Z');
  await host.streaks.countQuiz(userId('ada'));
  clock.jumpTo('2026-11-22T08:00:00Z');
  await host.streaks.countQuiz(userId('bob'));
  clock.jumpTo('2026-11-23T08:00:00Z');
  await host.streaks.countQuiz(userId('cleo'));
  await host.lives.spend(userId('bob'));
  await host.lives.spend(userId('cleo'));
  clock.jumpTo('2026-11-23T08:20:00Z');
  return { host, clock, store };
}

describe('host.whatIf', () => {
  it('counts the streaks that the next tick would break with other rules, and changes nothing', async () => {
    const { host, store } = await game();
    const report = await host.whatIf('streak-update', { rules: { breakAfterHours: 36 } });
    expect(report).toEqual({
      job: 'streak-update',
      tick: new Date('2026-11-24T00:00:00Z'),
      rules: {
        current: { breakAfterHours: 48, maxProtections: 2, initialProtections: 0 },
        proposed: { breakAfterHours: 36, maxProtections: 2, initialProtections: 0 },
      },
      current: { protected: 0, broken: 1 },
      proposed: { protected: 0, broken: 2 },
      differing: 1,
      sample: [
        {
          userId: 'bob',
          currentStreak: 1,
          protections: 0,
          lastQuizAt: new Date('2026-11-22T08:00:00Z'),
          current: 'kept',
          proposed: 'broken',
        },
      ],
    });
    expect((await host.streaks.read(userId('ada'))).currentStreak).toBe(1);
    expect(await store.outbox.list({ limit: 10 })).toEqual([]);
    expect(await host.runs('streak-update')).toEqual([]);
  });

  it('takes any tick of the schedule, and a sample as small as you like', async () => {
    const { host } = await game();
    const asked = { rules: { breakAfterHours: 12 }, tick: '2026-11-25T00:00:00Z', sample: 1 };
    expect(await host.whatIf('streak-update', asked)).toMatchObject({
      current: { broken: 2 },
      proposed: { broken: 3 },
      differing: 1,
      sample: [{ userId: 'cleo' }],
    });
    expect((await host.whatIf('streak-update', { ...asked, sample: 0 })).sample).toEqual([]);
  });

  it('says what a tick of lives would give, and when the next one would be due', async () => {
    const { host } = await game();
    const report = await host.whatIf('life-regeneration', { rules: { regenMinutes: 20 } });
    const [at, next, sooner] = ['08:30', '09:00', '08:50'].map((time) => new Date(`2026-11-23T${time}:00Z`));
    const player = (name: string) => ({
      userId: name,
      currentLives: 4,
      current: { currentLives: 5, nextRegenAt: next },
      proposed: { currentLives: 5, nextRegenAt: sooner },
    });
    expect(report).toEqual({
      job: 'life-regeneration',
      tick: at,
      rules: { current: { maxLives: 5, regenMinutes: 30 }, proposed: { maxLives: 5, regenMinutes: 20 } },
      current: { given: 2, refilled: 2 },
      proposed: { given: 2, refilled: 2 },
      differing: 2,
      sample: [player('bob'), player('cleo')],
    });
    expect(await host.whatIf('life-regeneration', { rules: { maxLives: 6 } })).toMatchObject({
      current: { given: 2, refilled: 2 },
      proposed: { given: 2, refilled: 0 },
      differing: 0,
    });
  });

  it('keeps the protections of new players within a smaller maximum', async () => {
    const { host } = await game();
    const { rules } = await host.whatIf('streak-update', { rules: { maxProtections: 0 } });
    expect(rules.proposed).toEqual({ breakAfterHours: 48, maxProtections: 0, initialProtections: 0 });
  });

  it.each([
    ['rules.breakAfter', { rules: { breakAfter: 36 } }],
    ['rules.maxLives', { rules: { maxLives: 6 } }],
    ['rules', { rules: {} }],
    ['rules', { rules: { breakAfterHours: undefined } }],
    ['rules', { rules: null }],
    ['rules', {}],
    ['options', undefined],
    ['rules.streaks.breakAfterHours', { rules: { breakAfterHours: 0 } }],
    ['rules.streaks.breakAfterHours', { rules: { breakAfterHours: '36' } }],
    ['sample', { rules: { breakAfterHours: 36 }, sample: 101 }],
    ['limit', { rules: { breakAfterHours: 36 }, limit: 5 }],
  ])('refuses a bad %s by name', async (option, asked) => {
    const { host } = await game();
    const refused = host.whatIf('streak-update', asked as never);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });

  it('refuses other jobs, instants that are no ticks, and hosts that are not open', async () => {
    const { host } = await game();
    const rules = { breakAfterHours: 36 };
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'ok',
        ({ code }: { code: string }) => code,
      );
    expect(await codeOf(host.whatIf('session-cleanup', { rules }))).toBe('WHAT_IF_NOT_SUPPORTED');
    expect(await codeOf(host.whatIf('nothing', { rules }))).toBe('UNKNOWN_JOB');
    const noon = { rules, tick: '2026-11-24T12:00:00Z' };
    expect(await codeOf(host.whatIf('streak-update', noon))).toBe('NOT_A_TICK');
    await host.stop();
    expect(await codeOf(host.whatIf('streak-update', { rules }))).toBe('HOST_STATE');
  });

  it('refuses a store that does not compare', async () => {
    const { host, store } = await game();
    Object.defineProperty(store.streaks, 'compareTicks', { value: undefined });
    Object.defineProperty(store.lives, 'compareRules', { value: undefined });
    for (const [job, rules] of [
      ['streak-update', { breakAfterHours: 36 }],
      ['life-regeneration', { maxLives: 6 }],
    ] as const)
      await expect(host.whatIf(job, { rules })).rejects.toThrow('the store does not compare');
  });
});
