import { iso, type InstantLike, type TickOutcome, type WithDates } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { formatQuantity, formatDuration, formatInstant } from './terminal/format.ts';

/** Whether a tick has succeeded, now or before. */
export function isDone(outcome: WithDates<TickOutcome>): boolean {
  if (outcome.kind === 'ran') return outcome.report.end === 'succeeded';
  return outcome.kind === 'done' && (outcome.status === 'succeeded' || outcome.status === 'pruned');
}

/** Returns the outcome of a tick as text. */
export function outcomeText(outcome: WithDates<TickOutcome>): string {
  switch (outcome.kind) {
    case 'ran': {
      const { end, processed, failedItems, durationMs, error } = outcome.report;
      const failed = failedItems > 0 ? `, ${formatQuantity(failedItems, 'failed item')}` : '';
      const why = error === undefined ? '' : ` (${errorText(error)})`;
      return `${end}, ${formatQuantity(processed, 'item')} processed${failed} in ${formatDuration(durationMs)}${why}`;
    }
    case 'done':
      return outcome.status === 'succeeded' ? 'had succeeded before, nothing to do' : `is ${outcome.status}`;
    case 'held':
      return `is busy: ${outcome.instanceId} runs the tick ${formatInstant(outcome.tick)}; retry in ${formatDuration(outcome.retryInMs)}`;
    case 'ahead':
      return `the tick is in the future by the store's clock; retry in ${formatDuration(outcome.retryInMs)}`;
    case 'paused':
      return 'the job is paused';
    case 'stopped':
      return 'stopped before it ran';
  }
}

/** Returns the outcome of a tick as JSON. */
export function outcomeJson(job: string, tick: InstantLike, outcome: WithDates<TickOutcome>): object {
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
    case 'done':
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
