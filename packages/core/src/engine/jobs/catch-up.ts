import { addMs, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import type { JobDefinition } from './job-definition.ts';
import type { SkipReason } from './run.ts';

/** Ticks to record as skipped, all for one reason. */
export interface SkippedTicks {
  readonly reason: SkipReason;
  /** Oldest first. */
  readonly ticks: readonly Instant[];
}

/** What to do about the oldest ticks that are owed. Skips come before the ticks to run. */
export interface CatchUpPlan {
  readonly skip: readonly SkippedTicks[];
  /** Oldest first. */
  readonly run: readonly Instant[];
  /** Further ticks are owed after these: plan again when they are settled. */
  readonly more: boolean;
}

/** A tick of a job with `missedTicks: 'none'` still counts as on time when it is found within this. */
export const ON_TIME_MS = 30_000;

/** Ticks per plan: enumerating a year of minutes at once would hold up the event loop. */
const CHUNK = 500;

/** Decides what becomes of the ticks in `(watermark, now]`, oldest first and a bounded number at a time. */
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
