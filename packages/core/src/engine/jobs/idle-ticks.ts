import { hasCode } from '../common/errors.ts';
import type { JobDefinition } from './job-definition.ts';
import type { RunLedger, RunRequest } from './run-ledger.ts';
import type { AttemptReport, RunObserver } from './run-observer.ts';

/** Returns whether a tick had no work and was recorded as succeeded. */
export async function recordIfIdle(
  { isIdle }: JobDefinition,
  request: RunRequest,
  ledger: RunLedger,
): Promise<boolean> {
  if (!isIdle) return false;
  try {
    if (!(await isIdle(request.tick))) return false;
  } catch (error) {
    if (hasCode(error, 'STORE_UNAVAILABLE')) throw error;
    // If `isIdle` throws, the run is started anyway; if the problem affects the run too, the run fails.
    return false;
  }
  return ledger.recordIdleTick(request);
}

/** Reports a tick without work like a run that has succeeded. */
export function reportIdleTick(
  { job, tick, instanceId }: RunRequest,
  observer: Required<RunObserver>,
): Promise<AttemptReport> {
  const claim = { job, tick, fence: 1, instanceId, checkpoint: null, processed: 0 };
  const counts = { processed: 0, failedItems: 0, batches: 0, durationMs: 0 };
  return observer.aroundRun(claim, async () => {
    const report: AttemptReport = { job, tick, fence: 1, end: 'succeeded', ...counts };
    observer.runStarted(claim);
    observer.runEnded(report);
    return report;
  });
}
