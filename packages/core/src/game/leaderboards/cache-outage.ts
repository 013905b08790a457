import type { Outage } from '../../engine/health/outage.ts';
import type { Outages } from '../../engine/health/outages.ts';
import { MINUTE_MS, SECOND_MS } from '../../engine/time/instant.ts';

/** Returns the outage of a host's leaderboard cache; reads and updates can fail independently. */
export function cacheOutage(outages: Outages): Outage {
  return outages.of({
    name: 'leaderboard-cache',
    operations: ['read', 'update'],
    startMessage:
      'leaderboard cache is unavailable: boards are read from the store, and the next recalculation repairs missed updates',
    endMessage: 'leaderboard cache is available again',
    level: 'warn',
    // A failing cluster node or occasional timeouts fail only some of many calls.
    stableAfterMs: 10 * SECOND_MS,
    // Without players, no call would notice that the cache is available again.
    forgetAfterMs: 5 * MINUTE_MS,
  });
}
