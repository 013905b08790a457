import { GamekeeperError, iso, type Instant } from '@gamekeeper/core';

/** The host of a test still waits for something real, such as a handler that never ends. */
export class HostNotSettledError extends GamekeeperError<'HOST_NOT_SETTLED'> {
  /** @param pending the calls that have not ended */
  constructor(timeoutMs: number, pending: readonly string[]) {
    super(
      'HOST_NOT_SETTLED',
      `After ${timeoutMs} ms of real time the host still waits for ${pending.join(', ') || 'calls that follow each other without end'}; let the job, handler or channel behind it end without the passing of time, or raise the option settleTimeoutMs.`,
    );
  }
}

/** The store of a test's host has a clock of its own that runs on while the test's clock stands. */
export class StoreClockRunsError extends GamekeeperError<'STORE_CLOCK_RUNS'> {
  constructor(storeNow: Instant, now: Instant) {
    super(
      'STORE_CLOCK_RUNS',
      `The store's clock shows ${iso(storeNow)} while the test's clock shows ${iso(now)}, and no module binds optionalTokens.pinnableTime; open the store for tests: postgresAdapters({ …, pinnableClock: true }).`,
    );
  }
}
