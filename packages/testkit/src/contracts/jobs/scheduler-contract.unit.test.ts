import { SECOND_MS, addMs, type Clock, type Instant } from '@gamekeeper/core';
import { TimerScheduler } from '@gamekeeper/core/engine';
import { type Scheduler } from '@gamekeeper/core/ports';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { runContract } from '../contract.ts';
import { schedulerContract } from './scheduler-contract.ts';

const start = '2026-11-24T00:00:00Z';

describe('a scheduler that looks at the clock every second', () => {
  const create = () => {
    const clock = new VirtualClock(start, { settle: async () => undefined });
    return { clock, scheduler: polling(clock), maxDelayMs: SECOND_MS };
  };
  runContract(schedulerContract({ create, examples: 5 }), it);
});

describe('schedulerContract', () => {
  const everyTick = 'wakes soon after every tick, and not before the first';

  it.each<[string, string, (clock: Clock) => Scheduler]>([
    ['never wakes', everyTick, () => ({ onTick: () => ({ cancel: () => undefined }) })],
    ['wakes once', everyTick, wakesOnce],
    ['wakes a millisecond early', everyTick, (clock) => shifted(clock, -1)],
    ['wakes a millisecond late', everyTick, (clock) => shifted(clock, 1)],
    [
      'wakes at once',
      everyTick,
      (clock) => ({
        onTick: (schedule, wake) => {
          wake();
          return new TimerScheduler(clock).onTick(schedule, wake);
        },
      }),
    ],
    [
      'cannot be cancelled',
      'does not wake once cancelled, and cancels one schedule only',
      (clock) => ({
        onTick: (schedule, wake) => {
          new TimerScheduler(clock).onTick(schedule, wake);
          return { cancel: () => undefined };
        },
      }),
    ],
    [
      'keeps the last schedule only',
      'serves several schedules, each at its own ticks',
      (clock) => {
        let last: { cancel(): void } | undefined;
        return {
          onTick: (schedule, wake) => {
            last?.cancel();
            return (last = new TimerScheduler(clock).onTick(schedule, wake));
          },
        };
      },
    ],
    [
      'wakes when the clock was set back',
      'waits for the tick again when the clock is set back',
      wakesWhenSetBack,
    ],
    [
      'does not wake after a jump',
      'wakes soon after the clock jumped over ticks, then at the next tick',
      (clock) => ({
        onTick: (schedule, wake) =>
          new TimerScheduler(clock).onTick(schedule, () => {
            if (schedule.previous(addMs(clock.now(), 1)) === clock.now()) wake();
          }),
      }),
    ],
  ])('fails for a scheduler that %s', async (_fault, name, schedulerOn) => {
    const create = () => {
      const clock = new VirtualClock(start);
      return { clock, scheduler: schedulerOn(clock) };
    };
    const found = schedulerContract({ create }).find((one) => one.name === name);
    await expect(found!.run()).rejects.toMatchObject({ code: 'ERR_ASSERTION' });
  });
});

function polling(clock: Clock): Scheduler {
  return {
    onTick: (schedule, wake) => {
      let seen = clock.now();
      const look = (): void => {
        const now = clock.now();
        const tick = schedule.next(seen);
        timer = clock.setTimer(addMs(now, SECOND_MS), look);
        if (tick !== null && tick <= now) {
          seen = now;
          wake();
        }
      };
      let timer = clock.setTimer(addMs(seen, SECOND_MS), look);
      return { cancel: () => timer.cancel() };
    },
  };
}

function wakesOnce(clock: Clock): Scheduler {
  return {
    onTick: (schedule, wake) => clock.setTimer(schedule.next(clock.now())!, wake),
  };
}

function shifted(clock: Clock, ms: number): Scheduler {
  return {
    onTick: (schedule, wake) =>
      new TimerScheduler(clock).onTick(
        {
          ...schedule,
          next: (after) => shift(schedule.next(addMs(after, -ms)), ms),
        },
        wake,
      ),
  };
}

function shift(tick: Instant | null, ms: number): Instant | null {
  return tick === null ? null : addMs(tick, ms);
}

/** It takes every change of the clock for ticks that have passed. */
function wakesWhenSetBack(clock: Clock): Scheduler {
  return {
    onTick: (schedule, wake) => {
      let seen = clock.now();
      const look = (): void => {
        const now = clock.now();
        if (now !== addMs(seen, SECOND_MS)) wake();
        seen = now;
        timer = clock.setTimer(addMs(now, SECOND_MS), look);
      };
      let timer = clock.setTimer(addMs(seen, SECOND_MS), look);
      return { cancel: () => timer.cancel() };
    },
  };
}
