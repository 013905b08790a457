import type { HealthCheck } from '../health/check.ts';
import { formatDuration } from '../health/format-duration.ts';
import { wholeNumber } from '../common/options.ts';
import { DAY_MS, MINUTE_MS, addMs } from '../time/instant.ts';
import type { OutboxLag, OutboxPartitions } from './outbox-partitions.ts';

/** The name of the outbox's health check. */
export const OUTBOX_CHECK = 'outbox';

/** The limits beyond which an outbox is unhealthy. */
export interface OutboxLimits {
  /** Maximum number of undelivered events. Default 1,000,000: a run may write one for each of its players. */
  readonly maxPending: number;
  /** How long an event may wait after it was written. Milliseconds, default 10 minutes. */
  readonly maxWaitMs: number;
  /**
   * How long ago an undelivered event may have happened. A late run writes events that happened long ago, so this limit
   * applies only after events have waited for one minute. Milliseconds, default 24 hours.
   */
  readonly maxAgeMs: number;
}

const defaults: OutboxLimits = { maxPending: 1_000_000, maxWaitMs: 10 * MINUTE_MS, maxAgeMs: DAY_MS };

/** Events that have waited for less time than this may be in delivery. */
const ON_ITS_WAY_MS = MINUTE_MS;

/**
 * Returns the limits with defaults filled in.
 *
 * @throws {InvalidOptionError} naming `<path>.maxPending` and so on
 */
export function outboxLimits(path: string, options: Partial<OutboxLimits> = {}): OutboxLimits {
  const limits = { ...defaults, ...options };
  const span = { min: 1_000, max: 365 * DAY_MS };
  return {
    maxPending: wholeNumber(`${path}.maxPending`, limits.maxPending, {
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
    maxWaitMs: wholeNumber(`${path}.maxWaitMs`, limits.maxWaitMs, span),
    maxAgeMs: wholeNumber(`${path}.maxAgeMs`, limits.maxAgeMs, span),
  };
}

/**
 * Returns the check that reports an outbox that is not emptied, or not fast enough. One read by the index on
 * undelivered events.
 */
export function outboxCheck(partitions: OutboxPartitions, limits: OutboxLimits): HealthCheck<OutboxLag> {
  return {
    name: OUTBOX_CHECK,
    judge: async (now) => {
      const facts = await partitions.lag();
      const waitMs = facts.oldestWaitMs ?? 0;
      const text = trouble(facts, waitMs, limits);
      if (text === null) return { facts, finding: null };
      return { facts, finding: { severity: 'critical', text, since: addMs(now, -waitMs) } };
    },
  };
}

function trouble(
  { pending, oldestAgeMs }: OutboxLag,
  waitMs: number,
  { maxPending, maxWaitMs, maxAgeMs }: OutboxLimits,
): string | null {
  const ageMs = oldestAgeMs ?? 0;
  const told = [
    pending > maxPending && `${pending} events wait for delivery, more than ${maxPending}`,
    waitMs > maxWaitMs &&
      `the oldest of ${pending} waiting events was written ${formatDuration(waitMs)} ago, more than ${formatDuration(maxWaitMs)}`,
    ageMs > maxAgeMs &&
      waitMs > ON_ITS_WAY_MS &&
      `the oldest of ${pending} waiting events happened ${formatDuration(ageMs)} ago, more than ${formatDuration(maxAgeMs)}`,
  ];
  return told.find((text) => text !== false) ?? null;
}
