import { InvalidOptionError } from '../common/errors.ts';
import { iso, addMs, type Instant } from '../time/instant.ts';
import type { JobWorker, TickOutcome } from './job-worker.ts';

/** What came of one tick of a backfill. */
export interface BackfilledTick {
  readonly tick: Instant;
  readonly outcome: TickOutcome;
}

/** More than a person will want to wait for; larger spans are asked for in parts. */
const MOST_TICKS = 10_000;

/**
 * Runs the ticks of a span that have not succeeded, oldest first, and stops at the first that cannot be run now: one
 * that is held, that is paused, or that has yet to come by the store's clock. What is on record as succeeded, and what was
 * pruned, is passed over.
 *
 * @throws {InvalidOptionError} for a span that ends before it begins, lies ahead, or holds too many ticks
 */
export async function backfill(
  lane: JobWorker,
  { from, to }: { readonly from: Instant; readonly to: Instant },
  now: Instant,
): Promise<readonly BackfilledTick[]> {
  if (to < from) throw new InvalidOptionError('to', iso(to), `must not be before ${iso(from)}`);
  if (addMs(to, lane.job.delayMs) > now)
    throw new InvalidOptionError('to', iso(to), `must not be after ${iso(addMs(now, -lane.job.delayMs))}`);
  const ticks: Instant[] = [];
  for (const tick of lane.schedule.between(addMs(from, -1), to)) {
    if (ticks.push(tick) > MOST_TICKS)
      throw new InvalidOptionError(
        'from',
        iso(from),
        `must be so late that the span has at most ${MOST_TICKS} ticks`,
      );
  }
  const done: BackfilledTick[] = [];
  for (const tick of ticks) {
    const outcome = await lane.runTick(tick);
    done.push({ tick, outcome });
    if (outcome.kind !== 'ran' && outcome.kind !== 'settled') break;
  }
  return done;
}
