import { addMs, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import type { JobDefinition } from './job-definition.ts';
import type { SkipReason } from './run.ts';

/** Ticks to record as skipped for one reason. */
export interface SkippedTicks {
  readonly reason: SkipReason;
  /** Oldest first. */
  readonly ticks: readonly Instant[];
}

/** What to do with the oldest unprocessed ticks. The skips come before the ticks to run. */
export interface CatchUpPlan {
  readonly skip: readonly SkippedTicks[];
  /** Oldest first. */
  readonly run: readonly Instant[];
  /** Whether more ticks follow: plan again when these are done. */
  readonly more: boolean;
}

/** A tick of a job with `missedTicks: 'none'` still counts as on time if it starts within this. Milliseconds. */
export const ON_TIME_MS = 30_000;

/** Ticks per plan: listing a year of minutes at once would block the event loop. */
const CHUNK = 500;

/**
 * Decides which of the ticks in `(watermark, now]` run and which are skipped, oldest first, a limited number at a
 * time.
 */
export function planCatchUp({
  job,
  schedule,
  watermark,
  now,
}: {
  readonly job: Pick<JobDefinition, 'missedTicks' | 'catchUpWindowMs'>;
  readonly schedule: Schedule;
  readonly watermark: Instant;
  readonly now: Instant;
}): CatchUpPlan {
  const owed: Instant[] = [];
  let more = false;
  for (const tick of schedule.between(watermark, now)) {
    more = owed.length === CHUNK;
    if (more) break;
    owed.push(tick);
  }

  const oldest = addMs(now, -job.catchUpWindowMs);
  const tooOld = owed.filter((tick) => tick < oldest);
  const recent = owed.slice(tooOld.length);
  const run = worthRunning(recent, more);
  const passedOver = recent.slice(0, recent.length - run.length);
  return {
    skip: [
      { reason: 'too-old' as const, ticks: tooOld },
      {
        reason: job.missedTicks === 'none' ? ('missed' as const) : ('superseded' as const),
        ticks: passedOver,
      },
    ].filter(({ ticks }) => ticks.length > 0),
    run,
    more,
  };

  function worthRunning(ticks: readonly Instant[], newerExist: boolean): readonly Instant[] {
    switch (job.missedTicks) {
      case 'every':
        return ticks;
      case 'latest':
        return newerExist ? [] : ticks.slice(-1);
      case 'none':
        return newerExist ? [] : ticks.slice(-1).filter((tick) => tick >= addMs(now, -ON_TIME_MS));
    }
  }
}
