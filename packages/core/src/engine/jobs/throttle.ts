import { withMethods } from '../common/options.ts';
import type { Instant } from '../time/instant.ts';

/** A committed batch, after which a run may pause. */
export interface ThrottledBatch {
  readonly job: string;
  readonly tick: Instant;
  /** Items that the batch changed. */
  readonly processed: number;
  readonly durationMs: number;
}

/**
 * Decides how long runs pause between their batches, so that the calls of players come first while the database is
 * slow. Bind your own to `optionalTokens.throttle`; the default is {@link AdaptiveThrottle}.
 *
 * A pause holds no transaction and no lock, and the run keeps its lease. The engine pauses at most ten seconds at once,
 * and at most half of the job's `timeoutMs` in one attempt; it ignores errors.
 */
export interface Throttle {
  /** Returns how long the run should pause after a batch. Milliseconds, 0 for no pause. */
  pauseMs(batch: ThrottledBatch): number | Promise<number>;
}

/** Never pauses: runs are as fast as the database allows. */
export const noThrottle: Throttle = { pauseMs: () => 0 };

/** Returns the value if it has the method of a throttle. */
export function givenThrottle(option: string, throttle: Throttle): Throttle {
  return withMethods(option, throttle, ['pauseMs'], 'must be a throttle with the method pauseMs');
}

/**
 * Returns a throttle that pauses as long as the strictest of several.
 *
 * @throws {InvalidOptionError} naming the first that is no throttle
 */
export function combineThrottles(...throttles: readonly Throttle[]): Throttle {
  const checked = throttles.map((throttle, index) => givenThrottle(`throttles[${index}]`, throttle));
  return {
    pauseMs: async (batch) => {
      const pauses = await Promise.all(checked.map(async (throttle) => throttle.pauseMs(batch)));
      return Math.max(0, ...pauses);
    },
  };
}
