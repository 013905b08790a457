import { addMs, type Instant } from '@gamekeeper/core';
import type { CronExpression } from './cron-expression.ts';
import { instantOf, wallTimeAt } from './wall-time.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

/**
 * Returns the first tick strictly after an instant, or `null`. Here wall-clock times become instants, so the policy for
 * days on which clocks change is here.
 */
export function nextTick(cron: CronExpression, zone: ZoneOffsets, after: Instant): Instant | null {
  return cron.isFixedTime ? nextAtFixedTime(cron, zone, after) : nextAtInterval(cron, zone, after);
}

/** Each wall time gives one tick: when the zone's clocks first reach it. */
function nextAtFixedTime(cron: CronExpression, zone: ZoneOffsets, after: Instant): Instant | null {
  const now = wallTimeAt(after, zone.offsetAt(after));
  for (let wall = cron.next(now); wall !== null; wall = cron.next(wall)) {
    const tick = zone.firstInstantOf(wall);
    // After the clocks go back, they show times again that they have shown before.
    if (tick > after && !zone.skipsDayOf(wall)) return tick;
  }
  return null;
}

/** Every instant at which the zone's clocks show a matching time is a tick. */
function nextAtInterval(cron: CronExpression, zone: ZoneOffsets, after: Instant): Instant | null {
  for (let from = addMs(after, 1); ;) {
    const offset = zone.offsetAt(from);
    const wall = cron.next(wallTimeAt(addMs(from, -1), offset));
    if (wall === null) return null;
    const tick = instantOf(wall, offset);
    const change = zone.changeWithin(from, tick);
    if (change === null) return tick;
    from = change;
  }
}
