import {
  HOUR_MS,
  InvalidOptionError,
  type AlertRoute,
  type HealthCheck,
  type OutboxLimits,
} from '@gamekeeper/core';
import { type Token } from '@gamekeeper/core/ports';
import {
  assertKnownOptions,
  assertAlertRoutes,
  outboxLimits,
  wholeNumber,
  hiddenValue,
} from '@gamekeeper/core/engine';
import { MAX_UNFINISHED_MS } from '@gamekeeper/core/game';

/** A check of the host's own: complete, or made from what the host binds. */
export type CustomCheck = HealthCheck | ((resolve: <T>(token: Token<T>) => T) => HealthCheck);

/** How a host watches its jobs, and what else it judges. */
export interface HealthOptions {
  /** Who is told when a job or a check turns unhealthy, stays so, or recovers. Default: nobody but the log. */
  readonly alerts?: readonly AlertRoute[];
  /** The pause between two looks of the watch. Milliseconds, default 15,000. */
  readonly watchIntervalMs?: number;
  /** The least time between two judgements by checks, which are judged at looks. Milliseconds, default 60,000. */
  readonly checkIntervalMs?: number;
  /** What is judged beside jobs, outbox, leaderboards and clocks. */
  readonly checks?: readonly CustomCheck[];
  /** From when on the outbox is unhealthy. Without a bus it is not judged: nobody waits for the events. */
  readonly outbox?: Partial<OutboxLimits>;
  /** From when on a leaderboard is unhealthy. */
  readonly boards?: {
    /** For how long a period may be sealed before its reset is finished. Milliseconds, default 10 minutes. */
    readonly maxUnfinishedMs?: number;
  };
  /** After how long people are told again of what is unhealthy still. Milliseconds, default 6 hours. */
  readonly reminderIntervalMs?: number;
  /**
   * A URL that is fetched (GET) at every look while all jobs and checks are well, for a service outside that raises the alarm when
   * it is not: then even a host that is gone altogether is noticed. It is a secret: it is never logged.
   */
  readonly heartbeatUrl?: string;
}

/** Options of health with defaults filled in. */
export interface CheckedHealth {
  readonly alerts: readonly AlertRoute[];
  readonly watchIntervalMs: number;
  readonly reminderIntervalMs: number;
  readonly heartbeatUrl: string | null;
  readonly checkIntervalMs: number;
  readonly checks: readonly CustomCheck[];
  readonly outbox: OutboxLimits;
  readonly boards: { readonly maxUnfinishedMs: number };
}

/** @throws {InvalidOptionError} naming the first option that cannot work */
export function checkHealth(options: HealthOptions = {}): CheckedHealth {
  assertKnownOptions('health.', options, [
    'alerts',
    'watchIntervalMs',
    'checkIntervalMs',
    'checks',
    'outbox',
    'boards',
    'reminderIntervalMs',
    'heartbeatUrl',
  ]);
  assertKnownOptions('health.outbox.', options.outbox, ['maxPending', 'maxWaitMs', 'maxAgeMs']);
  assertKnownOptions('health.boards.', options.boards, ['maxUnfinishedMs']);
  const {
    alerts = [],
    watchIntervalMs = 15_000,
    reminderIntervalMs = 6 * HOUR_MS,
    heartbeatUrl = null,
  } = options;
  const { checkIntervalMs = 60_000, checks = [] } = options;
  if (!Array.isArray(alerts)) {
    throw new InvalidOptionError(
      'health.alerts',
      alerts,
      'must be a list such as [{ channel: webhookAlerts(…) }]',
    );
  }
  if (!Array.isArray(checks)) {
    throw new InvalidOptionError('health.checks', checks, 'must be a list such as [{ name, judge }]');
  }
  if (heartbeatUrl !== null && !/^https?:$/.test(URL.parse(heartbeatUrl)?.protocol ?? '')) {
    throw new InvalidOptionError(
      'health.heartbeatUrl',
      hiddenValue(heartbeatUrl),
      'must be a URL with http:// or https://',
    );
  }
  return {
    alerts: assertAlertRoutes('health.alerts', alerts),
    watchIntervalMs: wholeNumber('health.watchIntervalMs', watchIntervalMs, { min: 1_000, max: HOUR_MS }),
    reminderIntervalMs: wholeNumber('health.reminderIntervalMs', reminderIntervalMs, {
      min: 60_000,
      max: 365 * 24 * HOUR_MS,
    }),
    heartbeatUrl,
    checks,
    checkIntervalMs: wholeNumber('health.checkIntervalMs', checkIntervalMs, { min: 1_000, max: HOUR_MS }),
    outbox: outboxLimits('health.outbox', options.outbox),
    boards: {
      maxUnfinishedMs: wholeNumber(
        'health.boards.maxUnfinishedMs',
        options.boards?.maxUnfinishedMs ?? MAX_UNFINISHED_MS,
        { min: 1_000, max: 365 * 24 * HOUR_MS },
      ),
    },
  };
}
