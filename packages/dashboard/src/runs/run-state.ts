import { addMs, type Run } from '@gamekeeper/core';
import type { Schedule } from '@gamekeeper/core/ports';
import { LATE_AFTER_MS } from '../ticks/matrix.ts';
import type { TickState } from '../ticks/tick-state.ts';

/** Returns what became of one recorded tick. */
export function runState(run: Run, schedule: Schedule | null, delayMs: number): TickState {
  const { tick, status, startedAt, fence, processed, failedItems } = run;
  if (status !== 'succeeded') return status;
  if (failedItems > 0) return 'items-failed';
  if (startedAt !== null && startedAt > addMs(tick, delayMs + LATE_AFTER_MS)) {
    const next = schedule?.next(tick) ?? null;
    return next !== null && startedAt >= addMs(next, delayMs) ? 'caught-up' : 'late';
  }
  if (fence > 1) return 'taken-over';
  return processed === 0 ? 'idle' : 'succeeded';
}
