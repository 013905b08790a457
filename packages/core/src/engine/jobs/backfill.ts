import { InvalidOptionError } from '../common/errors.ts';
import { iso, addMs, type Instant } from '../time/instant.ts';
import type { JobWorker } from './job-worker.ts';
import type { TickOutcome } from './tick-outcome.ts';

/** The outcome of one tick of a backfill. */
export interface BackfilledTick {
  readonly tick: Instant;
  readonly outcome: TickOutcome;
}

/** Maximum number of ticks in a range; a larger range must be requested in parts. */
const MOST_TICKS = 10_000;

/**
 * Runs the ticks of a range that have not succeeded, oldest first. Stops at the first tick that cannot run now: another
 * instance holds it, its job is paused, or it is in the future by the store's clock. Ticks that succeeded or were
 * pruned are skipped.
 *
 * @throws {InvalidOptionError} if the range ends before it begins, ends in the future, or has too many ticks
 */
export async function backfill(
  worker: JobWorker,
  { from, to }: { readonly from: Instant; readonly to: Instant },
  now: Instant,
): Promise<readonly BackfilledTick[]> {
  if (to < from) throw new InvalidOptionError('to', iso(to), `must not be before ${iso(from)}`);
  if (addMs(to, worker.job.delayMs) > now)
    throw new InvalidOptionError('to', iso(to), `must not be after ${iso(addMs(now, -worker.job.delayMs))}`);
  const ticks: Instant[] = [];
  for (const tick of worker.schedule.between(addMs(from, -1), to)) {
    if (ticks.push(tick) > MOST_TICKS)
      throw new InvalidOptionError(
        'from',
        iso(from),
        `must be late enough that the range has at most ${MOST_TICKS} ticks`,
      );
  }
  const done: BackfilledTick[] = [];
  for (const tick of ticks) {
    const outcome = await worker.runTick(tick);
    done.push({ tick, outcome });
    if (outcome.kind !== 'ran' && outcome.kind !== 'done') break;
  }
  return done;
}
