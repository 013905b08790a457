import { iso, type Instant, type TickOutcome } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { formatQuantity, formatDuration, formatInstant } from './terminal/format.ts';

/** Whether a tick is done, now or before. */
export function isDone(outcome: TickOutcome): boolean {
  if (outcome.kind === 'ran') return outcome.report.end === 'succeeded';
  return outcome.kind === 'settled' && (outcome.status === 'succeeded' || outcome.status === 'pruned');
}

/** What came of a tick, for people. */
export function outcomeText(outcome: TickOutcome): string {
  switch (outcome.kind) {
    case 'ran': {
      const { end, processed, failedItems, durationMs, error } = outcome.report;
      const failed = failedItems > 0 ? `, ${formatQuantity(failedItems, 'failed item')}` : '';
      const why = error === undefined ? '' : ` (${errorText(error)})`;
      return `${end}, ${formatQuantity(processed, 'item')} processed${failed} in ${formatDuration(durationMs)}${why}`;
    }
    case 'settled':
      return outcome.status === 'succeeded' ? 'had succeeded before, nothing to do' : `is ${outcome.status}`;
    case 'held':
      return `is held: ${outcome.instanceId} works on the tick ${formatInstant(outcome.tick)}; ask again in ${formatDuration(outcome.retryInMs)}`;
    case 'ahead':
      return `lies ahead by the store's clock; it may begin in ${formatDuration(outcome.retryInMs)}`;
    case 'paused':
      return 'the job is paused';
    case 'stopped':
      return 'stopped before it ran';
  }
}

/** What came of a tick, for scripts. */
export function outcomeJson(job: string, tick: Instant, outcome: TickOutcome): object {
  const about = { job, tick: iso(tick), outcome: outcome.kind };
  switch (outcome.kind) {
    case 'ran': {
      const { end, processed, failedItems, batches, durationMs, fence, error } = outcome.report;
      return {
        ...about,
        end,
        processed,
        failedItems,
        batches,
        attempt: fence,
        durationMs,
        error: error === undefined ? null : errorText(error),
      };
    }
    case 'settled':
      return { ...about, status: outcome.status };
    case 'held':
      return {
        ...about,
        heldTick: iso(outcome.tick),
        instance: outcome.instanceId,
        retryInMs: outcome.retryInMs,
      };
    case 'ahead':
      return { ...about, retryInMs: outcome.retryInMs };
    case 'paused':
    case 'stopped':
      return about;
  }
}
