import {
  addMs,
  maxInstant,
  minInstant,
  type Instant,
  type Run,
  type ScheduleSpec,
  type Transaction,
} from '@gamekeeper/core';
import type {
  JobRecord,
  JobRegistration,
  JobRegistry,
  JobSchedule,
  JobSummary,
  JobTicks,
  LeasedRun,
} from '@gamekeeper/core/ports';
import { compareBytewise as bytewise } from '@gamekeeper/core/game';
import type { JobRow, MemoryJobTables } from './memory-job-tables.ts';
import { recentRunOf, runOf, type RunRow } from './memory-runs.ts';

/** The registry of jobs in memory. */
export class MemoryJobRegistry implements JobRegistry {
  readonly #tables: MemoryJobTables;

  constructor(tables: MemoryJobTables) {
    this.#tables = tables;
  }

  register(jobs: readonly JobRegistration[], now: Instant): Promise<void> {
    return this.#tables.database.within(undefined, (tx) => {
      const registeredAt = this.#tables.database.clock.now();
      const from = minInstant(now, registeredAt);
      for (const { job, schedule } of jobs) {
        const known = this.#tables.jobs.get(job) ?? unknownJob(job, { registeredAt, from });
        this.#tables.jobs.set(tx, job, {
          ...known,
          schedules: withSchedule(known.schedules, schedule, from),
        });
      }
    });
  }

  ticks(tx?: Transaction): Promise<readonly JobTicks[]> {
    return this.#tables.database.within(tx, () =>
      [...this.#tables.jobs.values()]
        .sort((a, b) => bytewise(a.job, b.job))
        .map(({ job, startsAfter, schedules }) => ({ job, startsAfter, schedules })),
    );
  }

  watermark(job: string, tx?: Transaction): Promise<Instant | null> {
    return this.#tables.database.within(tx, () => this.#tables.jobs.get(job)?.watermark ?? null);
  }

  records(tx?: Transaction): Promise<readonly JobRecord[]> {
    return this.#tables.database.within(tx, () =>
      [...this.#tables.jobs.values()].sort((a, b) => bytewise(a.job, b.job)).map((job) => this.#record(job)),
    );
  }

  summaries(): Promise<readonly JobSummary[]> {
    return this.#tables.database.within(undefined, () =>
      [...this.#tables.jobs.values()].map((row) => {
        const { job, registeredAt, startsAfter, pausedAt, resumedAt } = row;
        const newest = this.#tables.runs.newest(job);
        const recent = this.#tables.runs.recent(job).map(({ status }) => ({ status }));
        return {
          job,
          ...this.#reach(row),
          since: maxInstant(newest && newest.tick > startsAfter ? newest.tick : registeredAt, resumedAt),
          paused: pausedAt !== null,
          status: newest?.status ?? null,
          running: this.#tables.runs.running(job) !== undefined,
          recent: recent.some(({ status }) => status === 'failed') ? recent : [],
          verdict: this.#tables.verdicts.get(job)?.verdict ?? null,
        };
      }),
    );
  }

  pause(job: string): Promise<boolean> {
    return this.#change(job, (row) =>
      row.pausedAt === null ? { ...row, pausedAt: this.#tables.database.clock.now() } : row,
    );
  }

  resume(job: string): Promise<boolean> {
    return this.#change(job, (row) =>
      row.pausedAt === null ? row : { ...row, pausedAt: null, resumedAt: this.#tables.database.clock.now() },
    );
  }

  #reach({ job, watermark }: JobRow): Pick<JobRecord, 'furthest' | 'readAt'> {
    const running = this.#tables.runs.running(job)?.tick ?? null;
    return { furthest: maxInstant(watermark, running), readAt: this.#tables.database.clock.now() };
  }

  #change(job: string, change: (row: JobRow) => JobRow): Promise<boolean> {
    return this.#tables.database.within(undefined, (tx) => {
      const row = this.#tables.jobs.get(job);
      if (row) this.#tables.jobs.set(tx, job, change(row));
      return row !== undefined;
    });
  }

  #record(row: JobRow): JobRecord {
    const { prunedThrough: _prunedThrough, ...known } = row;
    const shown = (run: RunRow | undefined): Run | null => (run ? runOf(run) : null);
    const leased = (run: RunRow | undefined): LeasedRun | null =>
      run ? { ...runOf(run), leaseUntil: run.leaseUntil } : null;
    return {
      ...known,
      ...this.#reach(row),
      running: leased(this.#tables.runs.running(known.job)),
      lastSuccess: shown(this.#tables.runs.lastSuccess(known.job)),
      recent: this.#tables.runs.recent(known.job).map(recentRunOf),
      judged: this.#tables.verdicts.get(known.job) ?? null,
    };
  }
}

function unknownJob(
  job: string,
  { registeredAt, from }: { readonly registeredAt: Instant; readonly from: Instant },
): JobRow {
  const startsAfter = addMs(from, -1);
  const rest = { pausedAt: null, resumedAt: null, prunedThrough: null };
  return { job, registeredAt, startsAfter, watermark: startsAfter, schedules: [], ...rest };
}

/** Returns the schedules, with one added if it differs from the newest. */
function withSchedule(
  schedules: readonly JobSchedule[],
  { cron, timeZone = 'UTC' }: ScheduleSpec,
  from: Instant,
): readonly JobSchedule[] {
  const newest = schedules.at(-1);
  if (newest?.cron === cron && newest.timeZone === timeZone) return schedules;
  const since = newest ? maxInstant(from, addMs(newest.since, 1)) : from;
  return [...schedules, { since, cron, timeZone }];
}
