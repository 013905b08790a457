import type { Instant } from './instant.ts';

/**
 * The clock of the store. `storeTimeContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface StoreTime {
  /** The present by the store's clock: what ticks, leases and the watch go by, whatever the instances' clocks say. */
  now(): Promise<Instant>;
}
