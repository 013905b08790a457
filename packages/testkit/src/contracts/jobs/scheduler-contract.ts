import { HOUR_MS, MINUTE_MS, addMs, instant, iso, type Instant } from '@gamekeeper/core';
import { type Schedule, type Scheduler, type Wakeup } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { deepEqual, ok } from '../assertions.ts';
import { IntervalSchedule } from '../../time/interval-schedule.ts';
import type { VirtualClock } from '../../time/virtual-clock.ts';
import { contractCases, type ContractCase, type ContractOptions, type Sentence } from '../contract.ts';

/** What {@link schedulerContract} tests with: a scheduler and the clock on which it waits. */
export interface SchedulerHarness {
  readonly scheduler: Scheduler;
  readonly clock: Pick<VirtualClock, 'now' | 'advanceTo' | 'jumpTo'>;
  /** The longest time from a tick until the scheduler wakes, in milliseconds; less than a minute. Default 0. */
  readonly maxDelayMs?: number;
}

/**
 * The contract of `Scheduler`. More calls than ticks are allowed, as the port allows them; a call before the first tick
 * and a tick without a call are not.
 *
 * @example
 * const create = () => {
 *   const clock = new VirtualClock('2026-11-24T00:00:00Z');
 *   return { clock, scheduler: new TimerScheduler(clock) };
 * };
 * runContract(schedulerContract({ create }), it);
 */
export function schedulerContract(options: ContractOptions<SchedulerHarness>): readonly ContractCase[] {
  return contractCases(options, [...ticks, ...cancelling, ...clockJumps]);
}

const hourly = new IntervalSchedule(60);

const ticks: readonly Sentence<SchedulerHarness>[] = [
  {
    name: 'wakes soon after every tick, and not before the first',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', hourly);
      await host.clock.advanceTo('2026-11-24T00:59:59.999Z');
      deepEqual(host.wakes, []);
      await host.clock.advanceTo('2026-11-24T03:30:00Z');
      for (const hour of ['01', '02', '03']) host.wokeFor(`2026-11-24T${hour}:00:00Z`);
    },
  },
  {
    name: 'serves several schedules, each at its own ticks',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', hourly);
      const other = listen(host, new IntervalSchedule(90));
      await host.clock.advanceTo('2026-11-24T01:29:59.999Z');
      deepEqual(other.wakes, []);
      await host.clock.advanceTo('2026-11-24T03:30:00Z');
      for (const hour of ['01', '02', '03']) host.wokeFor(`2026-11-24T${hour}:00:00Z`);
      for (const time of ['01:30', '03:00']) other.wokeFor(`2026-11-24T${time}:00Z`);
    },
  },
  {
    name: 'does not wake for a schedule without further ticks',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', onlyTickAt('2026-11-24T00:00:00Z'));
      const last = listen(host, onlyTickAt('2026-11-24T01:00:00Z'));
      await host.clock.advanceTo('2026-11-25T00:00:00Z');
      deepEqual(host.wakes, []);
      last.wokeFor('2026-11-24T01:00:00Z');
    },
  },
];

const cancelling: readonly Sentence<SchedulerHarness>[] = [
  {
    name: 'does not wake once cancelled, and cancels one schedule only',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', hourly);
      const other = listen(host, hourly);
      await host.clock.advanceTo('2026-11-24T01:30:00Z');
      host.wokeFor('2026-11-24T01:00:00Z');
      const before = [...host.wakes];
      host.wakeup.cancel();
      host.wakeup.cancel();
      await host.clock.advanceTo('2026-11-24T04:30:00Z');
      deepEqual(host.wakes, before);
      for (const hour of ['02', '03', '04']) other.wokeFor(`2026-11-24T${hour}:00:00Z`);
    },
  },
  {
    name: 'does not wake when cancelled before the first tick, also if the tick has passed unnoticed',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', hourly);
      host.clock.jumpTo('2026-11-24T05:10:00Z');
      host.wakeup.cancel();
      await host.clock.advanceTo('2026-11-24T07:30:00Z');
      deepEqual(host.wakes, []);
    },
  },
  {
    name: 'can be cancelled by the call itself',
    check: async (create) => {
      const { scheduler, clock } = await startingAt(create, '2026-11-24T00:10:00Z');
      let calls = 0;
      const wakeup = scheduler.onTick(hourly, () => {
        calls += 1;
        wakeup.cancel();
      });
      await clock.advanceTo('2026-11-24T04:30:00Z');
      deepEqual(calls, 1);
    },
  },
];

const clockJumps: readonly Sentence<SchedulerHarness>[] = [
  {
    name: 'wakes soon after the clock jumped over ticks, then at the next tick',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:10:00Z', hourly);
      host.clock.jumpTo('2026-11-24T07:32:10Z');
      await host.clock.advanceTo('2026-11-24T09:30:00Z');
      host.wokeFor('2026-11-24T07:32:10Z');
      for (const hour of ['08', '09']) host.wokeFor(`2026-11-24T${hour}:00:00Z`);
    },
  },
  {
    name: 'waits for the tick again when the clock is set back',
    check: async (create) => {
      const host = await waiting(create, '2026-11-24T00:59:00Z', hourly);
      host.clock.jumpTo('2026-11-23T23:30:00Z');
      await host.clock.advanceTo('2026-11-23T23:59:59.999Z');
      deepEqual(host.wakes, []);
      await host.clock.advanceTo('2026-11-24T02:30:00Z');
      for (const hour of ['01', '02']) host.wokeFor(`2026-11-24T${hour}:00:00Z`);
    },
  },
  {
    name: 'misses no tick, however time passes and jumps ahead',
    check: async (create, settings) => {
      const moves = fc.array(
        fc.record({ jumps: fc.boolean(), ms: fc.integer({ min: 0, max: 3 * HOUR_MS }) }),
        { minLength: 1, maxLength: 6 },
      );
      const property = fc.asyncProperty(fc.integer({ min: 7, max: 90 }), moves, async (minutes, chosen) => {
        const schedule = new IntervalSchedule(minutes);
        const host = await waiting(create, '2026-11-24T00:10:00Z', schedule);
        for (const { jumps, ms } of chosen) {
          const from = host.clock.now();
          const to = addMs(from, ms);
          if (jumps) {
            host.clock.jumpTo(to);
            await host.clock.advanceTo(addMs(to, MINUTE_MS));
            if (schedule.next(from) <= to) host.wokeFor(to);
          } else {
            await host.clock.advanceTo(addMs(to, MINUTE_MS));
            for (const tick of schedule.between(from, to)) host.wokeFor(tick);
          }
        }
      });
      await fc.assert(property, settings);
    },
  },
];

/** A harness with one schedule to wake for. */
async function waiting(
  create: ContractOptions<SchedulerHarness>['create'],
  start: string,
  schedule: Schedule,
): Promise<SchedulerHarness & Listener> {
  const harness = await startingAt(create, start);
  return { ...harness, ...listen(harness, schedule) };
}

async function startingAt(
  create: ContractOptions<SchedulerHarness>['create'],
  start: string,
): Promise<SchedulerHarness> {
  const harness = await create();
  harness.clock.jumpTo(start);
  return harness;
}

interface Listener {
  readonly wakeup: Wakeup;
  readonly wakes: readonly string[];
  /** Fails unless there was a call at the instant, or later by at most the scheduler's `maxDelayMs`. */
  readonly wokeFor: (at: Instant | string) => void;
}

function listen({ scheduler, clock, maxDelayMs = 0 }: SchedulerHarness, schedule: Schedule): Listener {
  const wakes: string[] = [];
  const wakeup = scheduler.onTick(schedule, () => wakes.push(iso(clock.now())));
  const wokeFor = (at: Instant | string): void => {
    const tick = instant(at);
    const hasWoken = wakes.some((wake) => instant(wake) >= tick && instant(wake) <= tick + maxDelayMs);
    ok(hasWoken, `no call within ${maxDelayMs} ms after ${iso(tick)}; calls: ${wakes.join(', ') || 'none'}`);
  };
  return { wakeup, wakes, wokeFor };
}

function onlyTickAt(at: string): Schedule {
  const tick = instant(at);
  return {
    cron: 'once',
    timeZone: 'UTC',
    next: (after) => (after < tick ? tick : null),
    previous: (before) => (before > tick ? tick : null),
    between: (after, through) => (after < tick && tick <= through ? [tick] : []),
  };
}
