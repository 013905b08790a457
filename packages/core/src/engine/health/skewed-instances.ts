import { MINUTE_MS, type Instant } from '../time/instant.ts';

/** An instance whose clock is off. */
export interface SkewedInstance {
  /** As it names itself in the ledger. */
  readonly instance: string;
  /** How far its clock is ahead of the store's; negative when it is behind. Milliseconds. */
  readonly skewMs: number;
  /** Since when it has reported itself without a pause, by the store's clock. */
  readonly since: Instant;
  /** When it last did, by the store's clock. */
  readonly measuredAt: Instant;
}

/**
 * Where instances report themselves while their clocks are off, for all the others to see. An instance whose clock is
 * right writes nothing.
 *
 * Times are the store's clock. An instance that was not heard of for {@link SKEW_REPORT_TTL_MS} is gone, and counts no
 * more. `skewedInstancesContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface SkewedInstances {
  /**
   * Records how far the clock of an instance is off, in place of what it reported before. `since` stays, unless that
   * counts no more. What was reported by instances that are gone is removed with it.
   *
   * @param skewMs whole milliseconds
   */
  report(instance: string, skewMs: number): Promise<void>;

  /** Removes what an instance has reported: its clock is right again. Does nothing when there is nothing. */
  withdraw(instance: string): Promise<void>;

  /** The instances that count now, in order of their names, bytewise. */
  list(): Promise<readonly SkewedInstance[]>;
}

/** For how long what an instance has reported counts. Longer than an instance that is at work is silent. */
export const SKEW_REPORT_TTL_MS: number = 5 * MINUTE_MS;
