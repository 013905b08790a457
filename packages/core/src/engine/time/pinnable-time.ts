import type { Instant } from './instant.ts';

/**
 * The clock of a store that tests can stop: bound only if the store was opened for tests. {@link StoreTime} returns the
 * pinned instant, and leases and due ticks are measured by it, for every instance that was opened so.
 */
export interface PinnableTime {
  /** Stops the clock at an instant, earlier or later than the current one; with `null`, lets it run again. */
  pin(at: Instant | null): Promise<void>;
}
