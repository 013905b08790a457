import { addMs, type Instant } from '@gamekeeper/core';
import type { LeasedRun, OverviewRequest, RunCell, RunOverview, SeenInstance } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { addCounts, type EventCounts } from './event-counts.ts';
import type { MemoryJobTables } from './memory-job-tables.ts';
import { runOf, type RunRow } from './memory-runs.ts';

/** Reads of all jobs at once, in memory. */
export class MemoryRunOverview implements RunOverview {
  readonly #tables: MemoryJobTables;

  constructor(tables: MemoryJobTables) {
    this.#tables = tables;
  }

  cells({ jobs, from, stepMs, steps, limit }: OverviewRequest): Promise<readonly RunCell[]> {
    return this.#tables.database.within(undefined, () =>
      jobs.flatMap(({ job, lateAfterMs }) => {
        const rows = this.#newest(job, limit, from, addMs(from, stepMs * steps));
        const bySteps = Map.groupBy(rows, ({ tick }) => Math.floor((tick - from) / stepMs));
        return [...bySteps]
          .sort(([a], [b]) => a - b)
          .map(([step, its]) => cellOf({ job, step, lateAfterMs }, its));
      }),
    );
  }

  active(): Promise<readonly LeasedRun[]> {
    return this.#tables.database.within(undefined, () =>
      [...this.#tables.runs.allRunning()]
        .sort((a, b) => compareBytewise(a.job, b.job))
        .map((row) => ({ ...runOf(row), leaseUntil: row.leaseUntil })),
    );
  }

  instances({ jobs, limit }: Parameters<RunOverview['instances']>[0]): Promise<readonly SeenInstance[]> {
    return this.#tables.database.within(undefined, () => {
      const attempts = jobs
        .flatMap((job) => this.#newest(job, limit))
        .flatMap(({ job, tick, instanceId, attemptedAt }) => [
          { run: `${job} ${tick}`, instanceId, at: attemptedAt },
          ...this.#tables.shards.of(job, tick).map((shard) => ({
            run: `${job} ${tick}`,
            instanceId: shard.instanceId,
            at: shard.startedAt,
          })),
        ])
        .flatMap(({ instanceId, at, run }) =>
          instanceId === null || at === null ? [] : [{ instanceId, at, run }],
        );
      return [...Map.groupBy(attempts, ({ instanceId }) => instanceId)]
        .map(([instanceId, its]) => ({
          instanceId,
          lastAttemptAt: Math.max(...its.map(({ at }) => at)) as Instant,
          runs: new Set(its.map(({ run }) => run)).size,
        }))
        .sort((a, b) => b.lastAttemptAt - a.lastAttemptAt || compareBytewise(a.instanceId, b.instanceId));
    });
  }

  events({ job, tick }: Parameters<RunOverview['events']>[0]): Promise<EventCounts> {
    return this.#tables.database.within(undefined, () => {
      const shards = this.#tables.shards.of(job, tick).map(({ eventsWritten }) => eventsWritten);
      return addCounts(this.#tables.runs.at(job, tick)?.eventsWritten ?? {}, ...shards);
    });
  }

  /** Returns the newest rows of a job in `[from, until)`, newest tick first. */
  #newest(job: string, limit: number, from = -Infinity, until = Infinity): readonly RunRow[] {
    return [...this.#tables.runs.all()]
      .filter((row) => row.job === job && row.tick >= from && row.tick < until)
      .sort((a, b) => b.tick - a.tick)
      .slice(0, limit);
  }
}

/** @param rows newest tick first, at least one */
function cellOf(
  { job, step, lateAfterMs }: { readonly job: string; readonly step: number; readonly lateAfterMs: number },
  rows: readonly RunRow[],
): RunCell {
  const count = (is: (row: RunRow) => boolean): number => rows.filter(is).length;
  const total = (of: (row: RunRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const lateness = rows.flatMap(({ startedAt, tick }) => (startedAt === null ? [] : [startedAt - tick]));
  return {
    job,
    step,
    ticks: rows.length,
    succeeded: count(({ status }) => status === 'succeeded'),
    failed: count(({ status }) => status === 'failed'),
    skipped: count(({ status }) => status === 'skipped'),
    running: count(({ status }) => status === 'running'),
    idle: count(
      ({ status, processed, failedItems }) => status === 'succeeded' && processed === 0 && failedItems === 0,
    ),
    late: lateness.filter((ms) => ms > lateAfterMs).length,
    repeated: count(({ fence }) => fence > 1),
    processed: total(({ processed }) => processed),
    failedItems: total(({ failedItems }) => failedItems),
    newestTick: rows[0]!.tick,
    maxLatenessMs: lateness.length > 0 ? Math.max(...lateness) : null,
    error: rows.find(({ status }) => status === 'failed' || status === 'skipped')?.error ?? null,
  };
}
