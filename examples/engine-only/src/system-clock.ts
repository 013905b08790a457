import { instant, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/** No timer of Node runs for longer than 24.8 days, and none while the machine sleeps: so this one looks again each minute. */
const LONGEST_WAIT_MS = 60_000;

/** The machine's clock. */
export class SystemClock implements Clock {
  now(): Instant {
    return instant(Date.now());
  }

  setTimer(at: Instant, run: () => void): Timer {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const fire = (): void => (this.now() >= at ? run() : wait());
      timer = setTimeout(fire, Math.min(Math.max(at - this.now(), 0), LONGEST_WAIT_MS));
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}
