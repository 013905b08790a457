import { MINUTE_MS, type Instant } from '../time/instant.ts';

/** An instance whose clock differs too much from the store's. */
export interface SkewedInstance {
  /** Its `instanceId` in the ledger. */
  readonly instance: string;
  /** How far its clock is ahead of the store's (negative: behind). Milliseconds. */
  readonly skewMs: number;
  /** The start of its uninterrupted reports, by the store's clock. */
  readonly since: Instant;
  /** The time of its newest report, by the store's clock. */
  readonly measuredAt: Instant;
}

/**
 * Where instances report themselves while their clocks differ too much, visible to all others. An instance whose clock
 * is right writes nothing.
 *
 * Times use the store's clock. A report expires {@link SKEW_REPORT_TTL_MS} after it was written.
 * `skewedInstancesContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface SkewedInstances {
  /**
   * Records the skew of an instance, replacing its earlier report. `since` is kept unless the earlier report has
   * expired. Also removes expired reports.
   *
   * @param skewMs whole milliseconds
   */
  report(instance: string, skewMs: number): Promise<void>;

  /** Removes the report of an instance: its clock is right again. Does nothing if there is none. */
  withdraw(instance: string): Promise<void>;

  /** Returns the instances with a current report, ordered by name, bytewise. */
  list(): Promise<readonly SkewedInstance[]>;
}

/** How long a report counts. Longer than the interval at which a running instance reports. */
export const SKEW_REPORT_TTL_MS: number = 5 * MINUTE_MS;
