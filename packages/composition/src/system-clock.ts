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
    return timerOf(this, at, run);
  }
}

/** A monotonic clock: milliseconds since the process started. Its timers do not keep the process alive. */
export class MonotonicClock implements Clock {
  now(): Instant {
    return instant(performance.now());
  }

  setTimer(at: Instant, run: () => void): Timer {
    return timerOf(this, at, run, { keepsAlive: false });
  }
}

/** A timer of a clock. The clock decides, not the platform's timer: the clock may have been corrected meanwhile. */
function timerOf(
  clock: Pick<Clock, 'now'>,
  at: Instant,
  run: () => void,
  { keepsAlive = true }: { readonly keepsAlive?: boolean } = {},
): Timer {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const fire = (): void => (clock.now() >= at ? run() : wait());
    timer = setTimeout(fire, Math.min(Math.max(at - clock.now(), 0), LONGEST_WAIT_MS));
    if (!keepsAlive) timer.unref();
  };
  wait();
  return { cancel: () => clearTimeout(timer) };
}
