import { assertKnownOptions, wholeNumber } from '@gamekeeper/core/engine';

/** How leaderboards are kept in Redis. */
export interface RedisLeaderboardOptions {
  /** How many days a board stays in Redis after its period, unless the reset drops it. From 1 to 400, default 7. */
  readonly keepClosedDays?: number;
  /**
   * After how many seconds of silence a recalculation counts as dead, so that another may take its place. From 1 to
   * 3,600, default 15.
   */
  readonly recalculationLeaseSeconds?: number;
  /**
   * How long a read or an award waits for Redis. Then the truth is read, and the award left to the next recalculation.
   * Milliseconds, from 10 to 60,000, default 1,000.
   */
  readonly timeoutMs?: number;
}

const DEFAULTS: Required<RedisLeaderboardOptions> = {
  keepClosedDays: 7,
  recalculationLeaseSeconds: 15,
  timeoutMs: 1_000,
};

/** The options with defaults. @throws {InvalidOptionError} */
export function leaderboardOptions(options: RedisLeaderboardOptions): Required<RedisLeaderboardOptions> {
  assertKnownOptions('leaderboards.', options, Object.keys(DEFAULTS));
  const { keepClosedDays, recalculationLeaseSeconds, timeoutMs } = { ...DEFAULTS, ...options };
  const seconds = 'leaderboards.recalculationLeaseSeconds';
  return {
    keepClosedDays: wholeNumber('leaderboards.keepClosedDays', keepClosedDays, { min: 1, max: 400 }),
    recalculationLeaseSeconds: wholeNumber(seconds, recalculationLeaseSeconds, { min: 1, max: 3_600 }),
    timeoutMs: wholeNumber('leaderboards.timeoutMs', timeoutMs, { min: 10, max: 60_000 }),
  };
}
