import { iso, addMs, type Instant, type Json, type Run, type ScheduledJob } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';
import { isTick } from '@gamekeeper/core/engine';
import type { ReferenceTick } from './reference.ts';
import type { SimulatedStore } from './scenario.ts';
import { inWords, shortTime } from './story.ts';
import type { Registration } from './world.ts';

const ALL = 1_000_000;

/** A schedule, and the interval in which it was the newest registered one. */
interface Span {
  readonly schedule: Schedule;
  readonly from: Instant;
  readonly to: Instant;
}

interface JudgedJob extends ScheduledJob {
  readonly place: number;
  readonly spans: readonly Span[];
  /** All schedules that instances used. */
  readonly schedules: readonly Schedule[];
}

/** Returns what the ledger says of the ticks of a history: the ticks to replay without faults, and the violations. */
export async function judgeTicks<Version extends Json>(
  store: SimulatedStore,
  {
    registrations,
    versionOf,
    through,
    promptMs,
  }: {
    /** In order of time; the first is at the beginning of the history. */
    readonly registrations: readonly Registration[];
    readonly versionOf: (instanceId: string) => Version | null;
    readonly through: Instant;
    /** How long after its tick and its delay a run must have ended; `null` if any run may be late. */
    readonly promptMs: number | null;
  },
): Promise<{ readonly ticks: readonly ReferenceTick<Version>[]; readonly wrong: readonly string[] }> {
  const ticks: ReferenceTick<Version>[] = [];
  const wrong: string[] = [];
  const ends = new Set(await store.furtherTicks?.());
  for (const { job, place, spans, schedules } of judgedJobs(registrations, through)) {
    const runs = new Map((await store.ledger.runs(job.name, { limit: ALL })).map((run) => [run.tick, run]));
    for (const at of dueTicks(spans, job.delayMs)) {
      const flaw = flawOf(runs.get(at), job.missedTicks === 'every');
      if (flaw) wrong.push(`law 1: ${job.name} ${shortTime(at)} ${flaw}`);
    }
    for (const [at, run] of runs) {
      if (!ends.has(at) && !schedules.some((schedule) => isTick(schedule, at)))
        wrong.push(`law 9: ${job.name} has a run at ${iso(at)}, which is not a tick`);
      if (run.startedAt !== null && run.startedAt < addMs(at, job.delayMs))
        wrong.push(
          `law 9: ${job.name} ${shortTime(at)} began ${inWords(at + job.delayMs - run.startedAt)} too early`,
        );
      const lateMs = run.status === 'succeeded' ? (run.finishedAt ?? at) - at - job.delayMs : 0;
      if (promptMs !== null && lateMs > promptMs)
        wrong.push(
          `law 2: ${job.name} ${shortTime(at)} ended ${inWords(lateMs)} late, although one instance had no faults`,
        );
      if (run.status !== 'skipped')
        ticks.push({ at, job: job.name, place, version: versionOf(run.instanceId ?? '') });
    }
  }
  return { ticks, wrong };
}

/** Returns every job of any version, in the order of the first, with all its schedules. */
function judgedJobs(registrations: readonly Registration[], through: Instant): readonly JudgedJob[] {
  const judged = new Map<string, { scheduled: ScheduledJob; spans: Span[]; schedules: Schedule[] }>();
  for (const { at, jobs, isDone } of registrations) {
    for (const scheduled of jobs) {
      const { schedule } = scheduled;
      const known = judged.get(scheduled.job.name) ?? { scheduled, spans: [], schedules: [] };
      judged.set(scheduled.job.name, known);
      known.schedules.push(schedule);
      const last = known.spans.at(-1);
      const isOpen = last !== undefined && last.to === through;
      if (isOpen && last.schedule.cron === schedule.cron && last.schedule.timeZone === schedule.timeZone)
        continue;
      if (isOpen) known.spans[known.spans.length - 1] = { ...last, to: at };
      if (isDone) known.spans.push({ schedule, from: at, to: through });
    }
  }
  return [...judged.values()].map(({ scheduled, ...rest }, place) => ({ ...scheduled, ...rest, place }));
}

/** Returns the ticks that must have been decided. */
function* dueTicks(spans: readonly Span[], delayMs: number): Iterable<Instant> {
  for (const [index, { schedule, from, to }] of spans.entries()) {
    const isLast = index === spans.length - 1;
    const begin = index === 0 ? addMs(from, -1) : from;
    const end = isLast ? addMs(to, -delayMs) : addMs(to, -1);
    for (const tick of schedule.between(begin, end)) yield tick;
  }
}

function flawOf(run: Run | undefined, mustRun: boolean): string | null {
  if (!run) return 'never ran';
  if (run.status === 'succeeded' || (run.status === 'skipped' && !mustRun)) return null;
  return `was left ${run.status}${run.error === null ? '' : ` (${run.error})`}`;
}
