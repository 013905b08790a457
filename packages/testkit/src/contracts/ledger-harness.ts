import type { Transactions } from '@gamekeeper/core';
import type { JobLedger } from '@gamekeeper/core/ports';

/** What {@link jobLedgerContract} tests with. */
export interface LedgerHarness {
  readonly transactions: Transactions;
  readonly ledger: JobLedger;
  /**
   * Moves the store's own clock, by which ticks come and leases end; with a negative number it is put back. It must
   * stand still otherwise, and stand at 2026-11-24T00:00:00Z or later.
   */
  readonly passTime: (ms: number) => Promise<void>;
}
