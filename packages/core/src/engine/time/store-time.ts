import type { Instant } from './instant.ts';

/**
 * The clock of the store. `storeTimeContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface StoreTime {
  /**
   * Returns the current time by the store's clock. Ticks, leases and the health watch use it, whatever the instances'
   * clocks show.
   */
  now(): Promise<Instant>;
}
