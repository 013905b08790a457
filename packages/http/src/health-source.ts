import type { HostHealth, JobCounters, WithDates } from '@gamekeeper/core';
import type { MeasuredValues } from '@gamekeeper/core/ports';

/** The parts of a host that are served: a `JobHost`, or anything with these methods. */
export interface HealthSource {
  /** The state, such as `running`. */
  readonly state: string;
  /** How long it has been opening, in milliseconds; `null` in any other state. */
  readonly openingMs?: number | null;
  /** Returns the health of its jobs and checks, from the store. */
  health(): Promise<WithDates<HostHealth>>;
  /** Returns what it has done for each of its jobs in this process. */
  counters(): readonly JobCounters[];
  /** Returns what its process measures of itself, from memory. */
  metrics?(): readonly MeasuredValues[];
}
