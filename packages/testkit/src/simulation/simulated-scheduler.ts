import type { Clock, Timer } from '@gamekeeper/core';
import type { Schedule, Scheduler, Wakeup } from '@gamekeeper/core/ports';
import type { CallFault } from './fault-book.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** A scheduler in a process. It may be late and may wake twice, as its contract allows. */
export class SimulatedScheduler implements Scheduler {
  readonly #process: SimulatedProcess;
  readonly #clock: Clock;
  readonly #strike: (fault: CallFault) => void;

  /**
   * @param clock the time as the process sees it
   * @param strike applies a fault that is not the scheduler's own
   */
  constructor(process: SimulatedProcess, clock: Clock, strike: (fault: CallFault) => void) {
    this.#process = process;
    this.#clock = clock;
    this.#strike = strike;
  }

  onTick(schedule: Schedule, wake: () => void): Wakeup {
    const clock = this.#clock;
    let timer: Timer | undefined;
    let cancelled = false;
    const wakeLater = (ms: number): void =>
      void this.#process.wait(ms).then(() => cancelled || !this.#process.isAlive || wake());

    const arm = (): void => {
      const tick = schedule.next(clock.now());
      timer = tick === null ? undefined : clock.setTimer(tick, ring);
    };
    const ring = (): void => {
      arm();
      const fault = this.#process.faults.count('scheduler.wake');
      if (fault) this.#strike(fault);
      if (fault?.what.kind === 'slow') wakeLater(fault.what.forMs);
      else wake();
      if (fault?.what.kind === 'double-wake') wakeLater(fault.what.forMs);
    };

    arm();
    return {
      cancel: () => {
        cancelled = true;
        timer?.cancel();
      },
    };
  }
}
