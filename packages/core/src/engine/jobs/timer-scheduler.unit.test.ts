import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock, runContract, schedulerContract } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import type { Clock, Timer } from '../time/clock.ts';
import { instant, iso, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const hourly = new CronerScheduleParser().parse({ cron: '0 * * * *' });

describe('TimerScheduler', () => {
  const create = () => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    return { clock, scheduler: new TimerScheduler(clock) };
  };
  runContract(schedulerContract({ create }), it);

  it('wakes at every tick, at its instant', async () => {
    const { clock, wakes } = waiting('*/30 * * * *', '2026-11-24T00:10:00Z');
    await clock.advanceTo('2026-11-24T02:00:00Z');
    expect(wakes).toEqual([
      '2026-11-24T00:30:00.000Z',
      '2026-11-24T01:00:00.000Z',
      '2026-11-24T01:30:00.000Z',
      '2026-11-24T02:00:00.000Z',
    ]);
  });

  it('does not wake before the tick, nor for a tick that is just now', async () => {
    const { clock, wakes } = waiting('0 * * * *', '2026-11-24T01:00:00Z');
    await clock.advanceTo('2026-11-24T01:59:59.999Z');
    expect(wakes).toEqual([]);
    await clock.advanceBy(1);
    expect(wakes).toEqual(['2026-11-24T02:00:00.000Z']);
  });

  it('wakes in the schedule’s zone, across a change of its clocks', async () => {
    const { clock, wakes } = waiting('30 2 * * *', '2026-03-27T12:00:00Z', 'Europe/Berlin');
    await clock.advanceTo('2026-03-30T12:00:00Z');
    expect(wakes).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('keeps one timer for each schedule, however far its tick', async () => {
    const { clock, wakes } = waiting('0 0 1 1 *', '2026-01-02T00:00:00Z');
    expect(clock.timers).toBe(1);
    expect(iso(clock.nextTimerAt!)).toBe('2027-01-01T00:00:00.000Z');
    await clock.advanceTo('2026-12-31T23:59:59.999Z');
    expect(wakes).toEqual([]);
    await clock.advanceTo('2028-06-01T00:00:00Z');
    expect(wakes).toEqual(['2027-01-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z']);
    expect(clock.timers).toBe(1);
  });

  it('wakes once after hours of sleep, then at the next tick', async () => {
    const { clock, wakes } = waiting('*/5 * * * *', '2026-11-24T00:01:00Z');
    clock.jumpTo('2026-11-24T07:32:10Z');
    await clock.advanceBy(0);
    expect(wakes).toEqual(['2026-11-24T07:32:10.000Z']);
    await clock.advanceTo('2026-11-24T07:40:00Z');
    expect(wakes.slice(1)).toEqual(['2026-11-24T07:35:00.000Z', '2026-11-24T07:40:00.000Z']);
  });

  it('waits for the tick again when the clock is set back', async () => {
    const { clock, wakes } = waiting('0 * * * *', '2026-11-24T00:59:00Z');
    clock.jumpTo('2026-11-23T23:30:00Z');
    await clock.advanceTo('2026-11-24T00:59:59.999Z');
    expect(wakes).toEqual([]);
    await clock.advanceTo('2026-11-24T02:00:00Z');
    expect(wakes).toEqual(['2026-11-24T01:00:00.000Z', '2026-11-24T02:00:00.000Z']);
  });

  it('does not wake when a timer fires and the clock has just been set back', () => {
    const clock = new HandClock('2026-11-24T00:59:00Z');
    const wakes = wakesOf(hourly, clock);
    clock.set('2026-11-23T22:30:00Z');
    clock.fire();
    expect(wakes).toEqual([]);
    expect(clock.timers.map(iso)).toEqual(['2026-11-23T23:00:00.000Z']);
    clock.set('2026-11-23T23:00:00Z');
    clock.fire();
    expect(wakes).toEqual(['2026-11-23T23:00:00.000Z']);
  });

  it('is silent once cancelled', async () => {
    const { clock, wakes, wakeup } = waiting('* * * * *', '2026-11-24T00:00:30Z');
    await clock.advanceBy(60_000);
    wakeup.cancel();
    wakeup.cancel();
    expect(clock.timers).toBe(0);
    await clock.advanceBy(600_000);
    expect(wakes).toEqual(['2026-11-24T00:01:00.000Z']);
  });

  it('can be cancelled by the call itself', async () => {
    const clock = new VirtualClock('2026-11-24T00:00:30Z');
    let calls = 0;
    const wakeup = new TimerScheduler(clock).onTick(hourly, () => {
      calls += 1;
      wakeup.cancel();
    });
    await clock.advanceBy(86_400_000);
    expect(calls).toBe(1);
    expect(clock.timers).toBe(0);
  });

  it('keeps schedules apart', async () => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    const first = wakesOf(hourly, clock);
    const second = wakesOf(new CronerScheduleParser().parse({ cron: '30 * * * *' }), clock);
    await clock.advanceTo('2026-11-24T01:30:00Z');
    expect(first).toEqual(['2026-11-24T01:00:00.000Z']);
    expect(second).toEqual(['2026-11-24T00:30:00.000Z', '2026-11-24T01:30:00.000Z']);
  });

  it('sets no timer for a schedule that has no tick left', async () => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    const last = instant('2026-11-24T01:00:00Z');
    const wakes = wakesOf(once(last), clock);
    await clock.advanceTo('2026-11-25T00:00:00Z');
    expect(wakes).toEqual(['2026-11-24T01:00:00.000Z']);
    expect(clock.timers).toBe(0);
    const none = new TimerScheduler(clock).onTick(once(last), () => undefined);
    expect(clock.timers).toBe(0);
    none.cancel();
  });
});

function waiting(cron: string, start: string, zone = 'UTC') {
  const clock = new VirtualClock(start);
  const wakes: string[] = [];
  const schedule = new CronerScheduleParser().parse({ cron, timeZone: zone });
  const wakeup = new TimerScheduler(clock).onTick(schedule, () => wakes.push(iso(clock.now())));
  return { clock, wakes, wakeup };
}

function wakesOf(schedule: Schedule, clock: Clock): readonly string[] {
  const wakes: string[] = [];
  new TimerScheduler(clock).onTick(schedule, () => wakes.push(iso(clock.now())));
  return wakes;
}

function once(tick: Instant): Schedule {
  return {
    cron: 'once',
    timeZone: 'UTC',
    next: (after) => (after < tick ? tick : null),
    previous: (before) => (before > tick ? tick : null),
    between: (after, through) => (after < tick && tick <= through ? [tick] : []),
  };
}

/** A clock whose timers fire when the test says so, due or not. */
class HandClock implements Clock {
  #now: Instant;
  #timers: { readonly at: Instant; readonly run: () => void }[] = [];

  constructor(start: string) {
    this.#now = instant(start);
  }

  get timers(): readonly Instant[] {
    return this.#timers.map(({ at }) => at);
  }

  now(): Instant {
    return this.#now;
  }

  set(at: string): void {
    this.#now = instant(at);
  }

  setTimer(at: Instant, run: () => void): Timer {
    const timer = { at, run };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  fire(): void {
    for (const { run } of this.#timers.splice(0)) run();
  }
}
