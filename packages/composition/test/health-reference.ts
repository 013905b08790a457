import { instant, addMs, maxInstant, type Instant, type Verdict } from '@gamekeeper/core';
import { isUnhealthy } from '@gamekeeper/core/engine';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What became of a job, in the order in which it did. */
export type Fact = { readonly at: Instant } & (
  | { readonly what: 'registered' | 'emptied' | 'paused' | 'resumed' }
  | { readonly what: 'began' | 'succeeded' | 'failed'; readonly tick: Instant }
);

/** A built-in job as the design has it: its ticks by the calendar, and until when a success may be awaited. */
export interface ReferenceJob {
  readonly name: string;
  /** The least time between two ticks. */
  readonly intervalMs: number;
  readonly nextTick: (after: Instant) => Instant;
  readonly windowEnd: (since: Instant) => Instant;
}

const every =
  (ms: number, offsetMs = 0) =>
  (after: Instant) =>
    instant(Math.floor((after - offsetMs) / ms + 1) * ms + offsetMs);
/** 1970 began on a Thursday. */
const monday = every(7 * DAY_MS, 4 * DAY_MS);
const firstOfMonth = (after: Instant): Instant => {
  const date = new Date(after);
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
};

/** `windowMs`: `null` for the interval and an hour. */
function job(
  name: string,
  intervalMs: number,
  nextTick: (after: Instant) => Instant,
  windowMs: number | null,
): ReferenceJob {
  const windowEnd = (since: Instant): Instant =>
    windowMs === null ? addMs(nextTick(since), HOUR_MS) : addMs(since, windowMs);
  return { name, intervalMs, nextTick, windowEnd };
}

export const referenceJobs: readonly ReferenceJob[] = [
  job('life-regeneration', 30 * MINUTE_MS, every(30 * MINUTE_MS), 35 * MINUTE_MS),
  job('streak-update', DAY_MS, every(DAY_MS), 25 * HOUR_MS),
  job('session-cleanup', HOUR_MS, every(HOUR_MS), 65 * MINUTE_MS),
  job('leaderboard-reset-weekly', 7 * DAY_MS, monday, null),
  job('leaderboard-reset-monthly', 28 * DAY_MS, firstOfMonth, null),
  job('leaderboard-recalculation', HOUR_MS, every(HOUR_MS), 65 * MINUTE_MS),
  job('job-health', 5 * MINUTE_MS, every(5 * MINUTE_MS), null),
  job('retention', DAY_MS, every(DAY_MS, 3.5 * HOUR_MS), null),
];

/** A job as the hosts of a history have it. */
export interface WatchedJob extends ReferenceJob {
  readonly timeoutMs: number;
}

/** How much longer than its time limit an attempt may be at work before it counts as stuck. */
export const ENDING_MS = 30_000;

/** The verdict on a job, straight from the words of the design. */
export function verdictAt(watched: WatchedJob, facts: readonly Fact[], at: Instant): Verdict {
  const past = facts.filter((fact) => fact.at <= at);
  const known = past.slice(past.findLastIndex(({ what }) => what === 'registered'));
  const last = (...kinds: readonly Fact['what'][]): Fact | undefined =>
    known.findLast(({ what }) => kinds.includes(what));
  const outcomes = new Map<Instant, boolean>();
  for (const fact of known)
    if (fact.what === 'succeeded' || fact.what === 'failed')
      outcomes.set(fact.tick, fact.what === 'succeeded');
  const ended = [...outcomes].sort(([a], [b]) => b - a);
  const success = ended.find(([, good]) => good)?.[0];
  const end = watched.windowEnd(maxInstant(success ?? known[0]!.at, last('resumed')?.at ?? null));
  const newest = last('began', 'succeeded', 'failed');
  const began = newest?.what === 'began' ? newest.at : null;

  if (last('paused', 'resumed')?.what === 'paused') return 'paused';
  if (began !== null && (at - began > watched.timeoutMs + ENDING_MS || (at > end && began <= end)))
    return 'stuck';
  const awaited = maxInstant(ended[0]?.[0] ?? known[0]!.at, last('resumed')?.at ?? null);
  const goesOn = at <= Math.max(end, watched.windowEnd(awaited));
  const fails = ended[0]?.[1] === false || ended.slice(0, 10).filter(([, good]) => !good).length >= 5;
  if (fails && goesOn) return 'failing';
  if (at <= end) return 'healthy';
  return ended.length === 0 ? 'never-ran' : 'late';
}

/** What people are told, and when. */
export type Told = readonly [kind: string, verdict: Verdict, at: Instant];

/** How grave a verdict is: none, one that may mend itself, one that will not. */
export function gravity(verdict: Verdict): number {
  if (!isUnhealthy(verdict)) return 0;
  return verdict === 'failing' ? 1 : 2;
}

/**
 * What people must be told when somebody looks at these instants, and remembers what was told: of a trouble when it
 * begins and when it becomes graver than they know, and of its end.
 */
export function alertsOf(
  watched: WatchedJob,
  facts: readonly Fact[],
  looks: readonly Instant[],
): readonly Told[] {
  const told: Told[] = [];
  let known = 0;
  let lastLook: Instant | null = null;
  for (const at of looks) {
    const since = lastLook ?? at;
    if (facts.some((fact) => fact.what === 'emptied' && fact.at > since && fact.at <= at)) known = 0;
    lastLook = at;
    const verdict = verdictAt(watched, facts, at);
    const grave = gravity(verdict);
    if (grave > known) told.push(['unhealthy', verdict, at]);
    else if (grave === 0 && known > 0)
      told.push([verdict === 'paused' ? 'paused' : 'recovered', verdict, at]);
    known = grave === 0 ? 0 : Math.max(known, grave);
  }
  return told;
}
