import { assertKnownOptions, wholeNumber } from '@gamekeeper/core/engine';

/** Options of leaderboards in Redis. */
export interface RedisLeaderboardOptions {
  /** How many days a board is kept in Redis after its period, unless the reset drops it. From 1 to 400, default 7. */
  readonly keepClosedDays?: number;
  /**
   * After how many seconds of silence a recalculation counts as dead, so that another may start. From 1 to 3,600,
   * default 15.
   */
  readonly recalculationLeaseSeconds?: number;
  /**
   * Timeout of reads and awards. After that, reads use the database, and an award reaches Redis with the next
   * recalculation. Milliseconds, from 10 to 60,000, default 1,000.
   */
  readonly timeoutMs?: number;
}

const DEFAULTS: Required<RedisLeaderboardOptions> = {
  keepClosedDays: 7,
  recalculationLeaseSeconds: 15,
  timeoutMs: 1_000,
};

/**
 * Returns the options with defaults.
 *
 * @throws {InvalidOptionError}
 */
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
