import type { JobHost } from '@gamekeeper/composition';
import { iso, type Instant } from '@gamekeeper/core';
import { engineTokens, type RunLedger } from '@gamekeeper/core/ports';

const PAGE = 1_000;

/**
 * Counts the runs of a job in the ledger: those that succeeded, and those that needed more than one attempt.
 *
 * @throws {Error} if a run has failed or not ended
 */
export async function countRuns(
  host: JobHost,
  job: string,
): Promise<{ readonly succeeded: number; readonly takenOver: number }> {
  const ledger = host.container.get<RunLedger>(engineTokens.ledger.symbol);
  const count = { succeeded: 0, takenOver: 0 };
  for (let before: Instant | undefined; ;) {
    const page = await ledger.runs(job, { limit: PAGE, ...(before !== undefined && { before }) });
    for (const { tick, status, fence, error } of page) {
      if (status === 'failed' || status === 'running')
        throw new Error(`the run of ${job} at ${iso(tick)} is ${status}: ${error}`);
      if (status === 'succeeded') count.succeeded += 1;
      if (fence > 1) count.takenOver += 1;
    }
    before = page.at(-1)?.tick;
    if (before === undefined) return count;
  }
}
