import { instant, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/**
 * Timers are set again after this time: beyond 24.8 days the platform's timers overflow, and while a machine sleeps
 * they stand still. Milliseconds.
 */
const LONGEST_WAIT_MS = 60_000;

/** The machine's clock. */
export class SystemClock implements Clock {
  now(): Instant {
    return instant(Date.now());
  }

  setTimer(at: Instant, run: () => void): Timer {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const remaining = at - this.now();
      timer = setTimeout(
        () => {
          // The wall clock decides, not the timer: the clock may have been corrected meanwhile.
          if (this.now() >= at) run();
          else wait();
        },
        Math.min(Math.max(remaining, 0), LONGEST_WAIT_MS),
      );
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}

/** A monotonic clock: milliseconds since the process started. Its timers do not keep the process alive. */
export class MonotonicClock implements Clock {
  now(): Instant {
    return instant(performance.now());
  }

  setTimer(at: Instant, run: () => void): Timer {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const fire = (): void => (this.now() >= at ? run() : wait());
      timer = setTimeout(fire, Math.min(Math.max(at - this.now(), 0), LONGEST_WAIT_MS)).unref();
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}
