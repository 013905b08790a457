import { HOUR_MS, MINUTE_MS, instant, addMs, silentLogger, userId, type Clock } from '@gamekeeper/core';
import { provide, engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptLog } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';
import type { JobHost } from './job-host.ts';
import { MonotonicClock } from './system-clock.ts';

const ada = userId('ada');
const start = instant('2026-11-24T11:50:00Z');

/** A store with a clock of its own, and what its clock is that of. */
function sharedStore(clock: Pick<Clock, 'now'>): HostModule {
  return memoryAdapters(
    memoryStore({ now: () => clock.now(), setTimer: () => ({ cancel: () => undefined }) }),
  );
}

function hostOn(store: HostModule, options: Partial<JobHostOptions> = {}): JobHost {
  return createJobHost({ modules: [store, cronerScheduler()], logger: silentLogger, ...options });
}

describe('a host with the machine’s clock', () => {
  let hosts: JobHost[] = [];
  /** The true time: nobody sets it, as nobody sets how long the process has been there. */
  const truth = { now: () => instant(start + performance.now()) };

  beforeEach(
    () =>
      void vi.useFakeTimers({ now: start, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }),
  );
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    hosts = [];
    vi.useRealTimers();
  });

  async function running(options: Partial<JobHostOptions> = {}): Promise<JobHost> {
    const host = hostOn(sharedStore(truth), options);
    hosts.push(host);
    await host.start();
    return host;
  }

  it.each([HOUR_MS, -HOUR_MS])(
    'outcome 2: whose clock jumps by %i ms follows the store after the next look, and runs its jobs in time',
    async (jumpMs) => {
      const host = await running();
      expect(host.clockSkewMs).toBe(0);
      await vi.advanceTimersByTimeAsync(20_000);
      vi.setSystemTime(Date.now() + jumpMs);
      await vi.advanceTimersByTimeAsync(15_000);
      expect(host.clockSkewMs).toBe(jumpMs);
      const started = await host.gameplay.startQuiz({ userId: ada });
      expect(started).toMatchObject({ ok: true, session: { startedAt: new Date(truth.now()) } });

      await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
      const noon = instant('2026-11-24T12:00:00Z');
      expect(await host.runs('life-regeneration')).toMatchObject([
        { tick: new Date(noon), status: 'succeeded' },
      ]);
      expect((await host.runs('life-regeneration'))[0]!.startedAt!.getTime()).toBeLessThan(noon + 1_000);
    },
  );

  it('outcome 2: begins by the store’s clock, and says in log and metrics how far its own is off', async () => {
    vi.setSystemTime(addMs(start, -3 * HOUR_MS));
    const logger = new KeptLog();
    const host = await running({ logger, instanceId: 'one' });
    expect(await host.gameplay.startQuiz({ userId: ada })).toMatchObject({
      session: { startedAt: new Date(truth.now()) },
    });
    const errors = logger.lines.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('the clock of this host is 10800 s behind'),
    ]);
    expect(errors[0]!.fields).toEqual({ instance: 'one', skewMs: -3 * HOUR_MS, maxClockSkewMs: 5_000 });
    const skew = host.metrics().find(({ metric }) => metric.name === 'gamekeeper.clock.skew');
    expect(skew?.samples).toEqual([{ value: -10_800 }]);
  });

  it('outcome 2: is refused beyond five seconds where the host wants that', async () => {
    vi.setSystemTime(addMs(start, 5_001));
    const host = hostOn(sharedStore(truth), { engine: { refuseSkewedClock: true } });
    await expect(host.start()).rejects.toMatchObject({ code: 'CLOCK_SKEW', skewMs: 5_001 });
    expect(host.state).toBe('stopped');
  });

  it('outcome 2: goes on while the store cannot tell the time, and follows it when it can again', async () => {
    let isAway = false;
    const host = hostOn(
      sharedStore({
        now: () => {
          if (isAway) throw new Error('away');
          return truth.now();
        },
      }),
    );
    hosts.push(host);
    await host.open();
    isAway = true;
    vi.setSystemTime(Date.now() + HOUR_MS);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(host.clockSkewMs).toBe(0);
    isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(host.clockSkewMs).toBe(HOUR_MS);
    await host.stop();
    const timers = vi.getTimerCount();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(timers).toBe(0);
  });

  it('is the store’s clock itself where the store is its own', async () => {
    vi.setSystemTime(addMs(start, HOUR_MS));
    const host = hostOn(memoryAdapters());
    hosts.push(host);
    await host.open();
    expect([host.clockSkewMs, (await host.health()).judgedAt]).toEqual([0, new Date(addMs(start, HOUR_MS))]);
  });
});

describe('a host with a clock of its own', () => {
  const truth = new VirtualClock(start);
  const wrong = new VirtualClock(addMs(start, HOUR_MS));
  const bound: HostModule = { name: 'a clock', bindings: [provide(engineTokens.clock, [], () => wrong)] };

  it.each<[string, Partial<JobHostOptions>]>([
    ['from the options', { clock: wrong }],
    ['from a module', { modules: [sharedStore(truth), cronerScheduler(), bound] }],
  ])('%s is neither corrected nor judged, unless it says from which skew on', async (_, options) => {
    const logger = new KeptLog();
    const own = hostOn(sharedStore(truth), { logger, ...options });
    await own.open();
    expect([own.clockSkewMs, own.container.get(engineTokens.clock.symbol)]).toEqual([null, wrong]);
    expect(logger.lines.filter(({ severity }) => severity === 'error')).toEqual([]);
    await own.stop();

    const following = hostOn(sharedStore(truth), { ...options, logger, engine: { maxClockSkewMs: 60_000 } });
    await following.open();
    expect(following.clockSkewMs).toBe(HOUR_MS);
    expect(following.container.get<Clock>(engineTokens.clock.symbol).now()).toBe(start);
    expect(logger.lines.filter(({ severity }) => severity === 'error')).toHaveLength(1);
    await following.stop();
  });

  it('cannot be refused for a skew that nobody measures', () => {
    const refusing = { clock: wrong, engine: { refuseSkewedClock: true } };
    expect(() => hostOn(sharedStore(truth), refusing)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'engine.refuseSkewedClock' }),
    );
  });
});

it.each([
  ['engine.maxClockSkewMs', { maxClockSkewMs: 0 }],
  ['engine.maxClockSkewMs', { maxClockSkewMs: Number.NaN }],
  ['engine.maxClockSkewMs', { maxClockSkewMs: '5s' as never }],
  ['engine.maxClockSkewMs', { maxClockSkewMs: 86_400_001 }],
  ['engine.refuseSkewedClock', { refuseSkewedClock: 'yes' as never }],
  ['engine.maxClockSkew', { maxClockSkew: 5 } as never],
])('names option %s when it cannot work', (option, engine) => {
  expect(() => hostOn(memoryAdapters(), { engine })).toThrow(expect.objectContaining({ option }));
});

it('UptimeClock fires no timer before its instant, and keeps no process alive', async () => {
  const clock = new MonotonicClock();
  const at = addMs(clock.now(), 5);
  const early = await new Promise<boolean>((resolve) => {
    clock.setTimer(at, () => resolve(clock.now() < at));
    clock.setTimer(at, () => resolve(true)).cancel();
    // What keeps this test alive.
    setTimeout(() => undefined, 100);
  });
  expect(early).toBe(false);
});
