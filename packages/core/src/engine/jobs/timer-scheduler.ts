import type { Clock, Timer } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import type { Scheduler, Wakeup } from './scheduler.ts';

/**
 * Wakes the engine in process, with one timer of the clock for each schedule's next tick.
 *
 * After the machine was suspended, it wakes the engine once, however many ticks have passed, and continues with the
 * next tick in the future. If the clock is moved back, the timer waits for its tick again; it never wakes early.
 */
export class TimerScheduler implements Scheduler {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onTick(schedule: Schedule, wake: () => void): Wakeup {
    const clock = this.#clock;
    let timer: Timer | undefined;

    const arm = (): void => {
      const tick = schedule.next(clock.now());
      timer = tick === null ? undefined : clock.setTimer(tick, () => ring(tick));
    };
    const ring = (tick: Instant): void => {
      const hasCome = clock.now() >= tick;
      // Set the next timer first, so that `wake` can cancel it, and an error in `wake` does not stop later ticks.
      arm();
      if (hasCome) wake();
    };

    arm();
    return { cancel: () => timer?.cancel() };
  }
}
