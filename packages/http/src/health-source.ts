import type { HostHealth, JobCounters, WithDates } from '@gamekeeper/core';
import type { MeasuredValues } from '@gamekeeper/core/ports';

/** What is asked of a host: a `JobHost`, or anything else that has as much. */
export interface HealthSource {
  /** What it is at, such as `running`. */
  readonly state: string;
  /** For how long it has been opening, in milliseconds; `null` when it is at something else. */
  readonly openingMs?: number | null;
  /** Judges its jobs and checks from the store. */
  health(): Promise<WithDates<HostHealth>>;
  /** Returns what it has done for each of its jobs in this process. */
  counters(): readonly JobCounters[];
  /** Returns what its process measures of itself, from memory. */
  metrics?(): readonly MeasuredValues[];
}
