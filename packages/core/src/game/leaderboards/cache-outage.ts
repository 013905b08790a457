import type { Outage } from '../../engine/health/outage.ts';
import type { Outages } from '../../engine/health/outages.ts';
import { MINUTE_MS, SECOND_MS } from '../../engine/time/instant.ts';

/** The outage of a host's leaderboard cache, of which reads and updates may each fail for themselves. */
export function cacheOutage(outages: Outages): Outage {
  return outages.of({
    name: 'leaderboard-cache',
    operations: ['read', 'update'],
    startMessage:
      'leaderboard cache cannot be used: boards are read from the store, and what it misses the next recalculation repairs',
    endMessage: 'leaderboard cache is used again',
    level: 'warn',
    // A part of a cluster, or a time-out here and there, fails among many calls that do not.
    stableAfterMs: 10 * SECOND_MS,
    // Where nobody plays, nobody finds out that it is back.
    forgetAfterMs: 5 * MINUTE_MS,
  });
}
