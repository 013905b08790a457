import { iso, type Instant, type TickOutcome } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { counted, took, when } from './terminal/words.ts';

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
      const failed = failedItems > 0 ? `, ${counted(failedItems, 'failed item')}` : '';
      const why = error === undefined ? '' : ` (${errorText(error)})`;
      return `${end}, ${counted(processed, 'item')} processed${failed} in ${took(durationMs)}${why}`;
    }
    case 'settled':
      return outcome.status === 'succeeded' ? 'had succeeded before, nothing to do' : `is ${outcome.status}`;
    case 'held':
      return `is held: ${outcome.owner} works on the tick ${when(outcome.tick)}; ask again in ${took(outcome.retryInMs)}`;
    case 'ahead':
      return `lies ahead by the store's clock; it may begin in ${took(outcome.retryInMs)}`;
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
      return { ...about, heldTick: iso(outcome.tick), instance: outcome.owner, retryInMs: outcome.retryInMs };
    case 'ahead':
      return { ...about, retryInMs: outcome.retryInMs };
    case 'paused':
    case 'stopped':
      return about;
  }
}
