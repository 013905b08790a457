import {
  DAY_MS,
  InProcessEventBus,
  addMs,
  defineJob,
  eventBus,
  iso,
  userId,
  type Alert,
  type AlertDigest,
  type Clock,
  type DomainEvent,
} from '@gamekeeper/core';
import { engineTokens, provide, type HostModule } from '@gamekeeper/core/ports';
import { describe, expect, it } from 'vitest';
import { testHost, type TestHostOptions } from '../host.ts';
import { memoryAdapters } from '../memory/memory-adapters.ts';

const ada = userId('ada');
const bob = userId('bob');
const now = '2026-11-20T10:00:00Z';
const types = (events: readonly DomainEvent[]): readonly string[] =>
  events.map(({ type, occurredAt }) => `${type} ${iso(occurredAt).slice(0, 16)}`);

describe('a host for tests', () => {
  it('runs every tick of five days, and delivers each event before time moves on', async () => {
    const seen: string[] = [];
    const bus = new InProcessEventBus();
    await using test = await testHost({ now, modules: [eventBus(bus)] });
    bus.subscribe(({ type }) => void seen.push(`${type} at ${iso(test.clock.now())}`));
    const { host } = test;
    const quiz = await host.gameplay.startQuiz({ userId: ada });
    if (quiz.ok) await host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 10 });
    await test.advance({ days: 5 });

    expect(types(test.events)).toEqual([
      'LivesRefilled 2026-11-20T10:30',
      'StreakProtected 2026-11-23T00:00',
      'LeaderboardReset 2026-11-23T00:00',
      'StreakProtected 2026-11-24T00:00',
      'StreakBroken 2026-11-25T00:00',
    ]);
    expect(seen).toEqual([
      'LivesRefilled at 2026-11-20T10:30:00.000Z',
      'StreakProtected at 2026-11-23T00:00:00.000Z',
      'LeaderboardReset at 2026-11-23T00:00:10.000Z',
      'StreakProtected at 2026-11-24T00:00:00.000Z',
      'StreakBroken at 2026-11-25T00:00:00.000Z',
    ]);
    const runs = await host.runs('life-regeneration', { limit: 1_000 });
    expect(runs).toHaveLength(5 * 48 + 1);
    expect(runs.every(({ tick, finishedAt }) => finishedAt?.getTime() === tick.getTime())).toBe(true);
    expect((await host.health()).jobs.every(({ verdict }) => verdict === 'healthy')).toBe(true);
    expect(iso(test.clock.now())).toBe('2026-11-25T10:00:00.000Z');
  });

  it('delivers what a player caused without moving time, and what handlers cause', async () => {
    const bus = new InProcessEventBus();
    await using test = await testHost({ now, modules: [eventBus(bus)], rules: { lives: { maxLives: 1 } } });
    bus.subscribe(async ({ type, payload }) => {
      if (type !== 'QuizAbandoned' || (payload as { userId: string }).userId !== ada) return;
      await test.host.gameplay.startQuiz({ userId: bob });
    });
    await test.host.gameplay.startQuiz({ userId: ada });
    await test.advance({ hours: 1 });
    await test.advance({ hours: 1 });
    expect(types(test.events).filter((text) => text.startsWith('QuizAbandoned'))).toEqual([
      'QuizAbandoned 2026-11-20T11:00',
      'QuizAbandoned 2026-11-20T12:00',
    ]);
  });

  it('delivers again what a handler refused, and records it once', async () => {
    let refusals = 2;
    const bus = new InProcessEventBus();
    bus.subscribe(() => {
      if ((refusals -= 1) >= 0) throw new Error('not yet');
    });
    await using test = await testHost({ now, modules: [eventBus(bus)] });
    await test.host.gameplay.startQuiz({ userId: ada });
    await test.advance({ minutes: 30 });
    expect(test.events).toEqual([]);
    await test.advance({ minutes: 2 });
    expect(types(test.events)).toEqual(['LivesRefilled 2026-11-20T10:30']);
  });

  it('ends with the names of the calls that do not end', async () => {
    const bus = new InProcessEventBus();
    const { promise: end, resolve } = Promise.withResolvers<void>();
    bus.subscribe(() => end);
    await using test = await testHost({ now, modules: [eventBus(bus)], settleTimeoutMs: 100 });
    await test.host.gameplay.startQuiz({ userId: ada });
    await expect(test.advance({ minutes: 30 })).rejects.toMatchObject({
      code: 'HOST_NOT_SETTLED',
      message: expect.stringContaining('EventBus.publish') as string,
    });
    resolve();
    await test.settle();
    expect(test.events).toHaveLength(1);
  });

  it('waits for the real work of a job, and lets time pass for its retries', async () => {
    const attempts: string[] = [];
    const payout = defineJob({
      name: 'payout',
      schedule: { cron: '0 0 * * *' },
      retry: { maxAttempts: 3, initialDelayMs: 60_000, maxDelayMs: 60_000 },
      batch: async ({ asOf }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        attempts.push(iso(asOf));
        if (attempts.length === 1) throw new Error('the bank is closed');
        return { processed: 1, next: null };
      },
    });
    await using test = await testHost({ now, jobs: [payout] });
    await test.advance(3 * DAY_MS);
    expect(attempts.map((at) => at.slice(0, 10))).toEqual([
      '2026-11-21',
      '2026-11-21',
      '2026-11-22',
      '2026-11-23',
    ]);
    expect((await test.host.runs('payout')).map(({ status }) => status)).toEqual(Array(3).fill('succeeded'));
  });

  it('waits for alert channels and checks', async () => {
    const sent: (Alert | AlertDigest)[] = [];
    const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    const channel = {
      name: 'pager',
      send: async (alert: Alert | AlertDigest) => {
        await later();
        sent.push(alert);
      },
    };
    const check = {
      name: 'bank',
      judge: async (at: Alert['raisedAt']) => {
        await later();
        return { facts: {}, finding: { severity: 'critical' as const, text: 'closed', since: at } };
      },
    };
    await using test = await testHost({
      now,
      health: { alerts: [{ channel }], checks: [check, () => ({ ...check, name: 'vault' })] },
    });
    await test.advance({ hours: 1 });
    expect(sent.map(({ text }) => text)).toEqual([
      expect.stringContaining('bank'),
      expect.stringContaining('vault'),
    ]);
  });

  it('is only open on request', async () => {
    await using test = await testHost({ now, start: false });
    await test.advance({ hours: 2 });
    expect(await test.host.runs('session-cleanup')).toEqual([]);
    expect(test.host.state).toBe('open');
    expect(await test.host.runNow('session-cleanup')).toMatchObject({ kind: 'ran' });
  });

  it('keeps ports that are frozen', async () => {
    const adapters = memoryAdapters();
    const frozen: HostModule = {
      ...adapters,
      bindings: adapters.bindings.map((binding) =>
        binding.token.symbol === engineTokens.storeTime.symbol
          ? provide(engineTokens.storeTime, [engineTokens.clock], (clock: Clock) =>
              Object.freeze({ now: async () => clock.now() }),
            )
          : binding,
      ),
    };
    await using test = await testHost({ now, modules: [frozen] });
    await test.advance({ hours: 1 });
    expect(await test.host.runs('session-cleanup')).toHaveLength(2);
  });

  it('refuses a store whose clock runs on', async () => {
    const running: HostModule = {
      ...memoryAdapters(),
      bindings: memoryAdapters().bindings.map((binding) =>
        binding.token.symbol === engineTokens.storeTime.symbol
          ? provide(engineTokens.storeTime, [], () => ({ now: async () => Date.now() as never }))
          : binding,
      ),
    };
    await expect(testHost({ now, modules: [running] })).rejects.toMatchObject({ code: 'STORE_CLOCK_RUNS' });
  });

  it('stops once, and can be stopped by hand', async () => {
    const test = await testHost();
    expect(iso(test.clock.now())).toBe('2026-01-01T12:00:00.000Z');
    expect(await test.stop()).toBe(true);
    await test[Symbol.asyncDispose]();
    expect(test.host.state).toBe('stopped');
  });

  it('waits on the clock only through the host: a handler that sleeps on it is named', async () => {
    const bus = new InProcessEventBus();
    await using test = await testHost({ now, modules: [eventBus(bus)], settleTimeoutMs: 100 });
    bus.subscribe(
      () => new Promise((resolve) => void test.clock.setTimer(addMs(test.clock.now(), 1_000), resolve)),
    );
    await test.host.gameplay.startQuiz({ userId: ada });
    await expect(test.advance({ minutes: 31 })).rejects.toMatchObject({ code: 'HOST_NOT_SETTLED' });
    // Stopping moves time, and with it ends the handler.
    expect(await test.stop()).toBe(true);
  });

  it('names a job that never ends, although a store in memory lets it go on at once', async () => {
    const endless = (cron: string) =>
      defineJob({
        name: 'endless',
        schedule: { cron },
        batch: async () => ({ processed: 0, next: 'the same' }),
      });
    await using test = await testHost({ now, jobs: [endless('15 * * * *')], settleTimeoutMs: 100 });
    await expect(test.advance({ hours: 1 })).rejects.toMatchObject({ code: 'HOST_NOT_SETTLED' });
    const dueAtOnce = testHost({ now, jobs: [endless('* * * * *')], settleTimeoutMs: 100 });
    await expect(dueAtOnce).rejects.toMatchObject({ code: 'HOST_NOT_SETTLED' });
  });

  it('stops although a handler never ends', async () => {
    const bus = new InProcessEventBus();
    bus.subscribe(() => Promise.withResolvers<void>().promise);
    const test = await testHost({ now, modules: [eventBus(bus)], settleTimeoutMs: 100 });
    await test.host.gameplay.startQuiz({ userId: ada });
    await expect(test.advance({ minutes: 31 })).rejects.toMatchObject({ code: 'HOST_NOT_SETTLED' });
    expect(await test.stop()).toBe(false);
    expect(test.host.state).toBe('stopped');
  });

  it.each<[string, unknown, string]>([
    ['clock', { clock: null }, 'clock'],
    ['modules', { modules: 'memory' }, 'modules'],
    ['a module that was not called', { modules: [memoryAdapters] }, 'modules[0]'],
    ['start', { start: 'yes' }, 'start'],
    ['settleTimeoutMs', { settleTimeoutMs: 0 }, 'settleTimeoutMs'],
    ['an unknown option', { modulse: [] }, 'modulse'],
    ['a channel', { health: { alerts: [{ channel: null }] } }, 'health.alerts'],
    ['a check', { health: { checks: [null] } }, 'check'],
  ])('refuses %s by its name', async (_, options, named) => {
    const thrown: unknown = await testHost(options as TestHostOptions).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ message: expect.stringContaining(named) as string });
    expect(thrown).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('refuses a span that is none', async () => {
    await using test = await testHost();
    for (const span of [null, { weeks: 1 }, { days: '1' }, 'P1D', Number.NaN, { hours: Infinity }])
      await expect(test.advance(span as number)).rejects.toMatchObject({
        name: expect.stringContaining('Error') as string,
      });
    await expect(test.advance({ ms: -1 })).rejects.toThrow(RangeError);
    await test.advance({ days: 1, hours: 1, minutes: 1, seconds: 1, ms: 1 });
    expect(iso(test.clock.now())).toBe('2026-01-02T13:01:01.001Z');
  });
});
