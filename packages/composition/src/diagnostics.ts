import type { RunObserver } from '@gamekeeper/core';
import { channel, type Channel } from 'node:diagnostics_channel';

/** The diagnostics channels on which a host publishes its events. Their names are part of the API. */
export const diagnosticsChannels = {
  runStart: 'gamekeeper:run:start',
  runEnd: 'gamekeeper:run:end',
  batchCommit: 'gamekeeper:batch:commit',
  batchRetry: 'gamekeeper:batch:retry',
  runThrottle: 'gamekeeper:run:throttle',
  itemFail: 'gamekeeper:item:fail',
  ticksSkip: 'gamekeeper:ticks:skip',
  verdictChange: 'gamekeeper:verdict:change',
  checkChange: 'gamekeeper:check:change',
  engineFail: 'gamekeeper:engine:fail',
  engineRecover: 'gamekeeper:engine:recover',
  courierFail: 'gamekeeper:courier:fail',
  courierRecover: 'gamekeeper:courier:recover',
} as const;

/**
 * Returns an observer that publishes every event on its `node:diagnostics_channel`; it costs nothing without
 * subscribers.
 */
export function publishDiagnostics(): RunObserver {
  const {
    runStart,
    runEnd,
    batchCommit,
    batchRetry,
    runThrottle,
    itemFail,
    ticksSkip,
    verdictChange,
    checkChange,
    engineFail,
    engineRecover,
    courierFail,
    courierRecover,
  } = diagnosticsChannels;
  return {
    runStarted: publisher(runStart, (claim) => ({ claim })),
    runEnded: publisher(runEnd, (report) => ({ report })),
    batchCommitted: publisher(batchCommit, (claim, batch) => ({ claim, batch })),
    batchRetried: publisher(batchRetry, (claim, retry) => ({ claim, retry })),
    runThrottled: publisher(runThrottle, (claim, throttled) => ({ claim, throttled })),
    itemFailed: publisher(itemFail, (claim, failure) => ({ claim, failure })),
    ticksSkipped: publisher(ticksSkip, (job, ticks, reason) => ({ job, ticks, reason })),
    verdictChanged: publisher(verdictChange, (health, before) => ({ health, before })),
    checkChanged: publisher(checkChange, (health, before) => ({ health, before })),
    engineFailed: publisher(engineFail, (job, error, delayMs) => ({ job, error, delayMs })),
    engineRecovered: publisher(engineRecover, (job) => ({ job })),
    courierFailed: publisher(courierFail, (error) => ({ error })),
    courierRecovered: publisher(courierRecover, () => ({})),
  };
}

function publisher<Event extends readonly unknown[]>(
  name: string,
  shape: (...event: Event) => object,
): (...event: Event) => void {
  const target: Channel = channel(name);
  return (...event) => {
    if (target.hasSubscribers) target.publish(shape(...event));
  };
}
