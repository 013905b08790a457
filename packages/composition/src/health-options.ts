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
  courierLimits,
  outboxLimits,
  type CourierLimits,
  wholeNumber,
  hiddenValue,
} from '@gamekeeper/core/engine';
import { MAX_UNFINISHED_MS } from '@gamekeeper/core/game';

/** A custom check: complete, or created from what the host binds. */
export type CustomCheck = HealthCheck | ((resolve: <T>(token: Token<T>) => T) => HealthCheck);

/** Options of the health watch and its checks. */
export interface HealthOptions {
  /**
   * Alert channels for jobs and checks that become unhealthy, stay unhealthy, or recover. Default: none, only the log.
   */
  readonly alerts?: readonly AlertRoute[];
  /** Interval between two evaluations of the jobs. Milliseconds, default 15,000. */
  readonly watchIntervalMs?: number;
  /**
   * Minimum interval between two evaluations of the checks. Checks run only when the watch runs. Milliseconds, default
   * 60,000.
   */
  readonly checkIntervalMs?: number;
  /** Checks in addition to jobs, outbox, leaderboards and clocks. */
  readonly checks?: readonly CustomCheck[];
  /**
   * Limits beyond which the outbox is unhealthy. Without a bus it is not checked, because no consumer waits for events.
   */
  readonly outbox?: Partial<OutboxLimits>;
  /** Limits beyond which what a courier carries is unhealthy. It is checked only if a module binds a courier. */
  readonly courier?: Partial<CourierLimits>;
  /** Limits beyond which a leaderboard is unhealthy. */
  readonly boards?: {
    /** How long after its sealing a period's reset may take. Milliseconds, default 10 minutes. */
    readonly maxUnfinishedMs?: number;
  };
  /** Interval between reminders about a job or check that is still unhealthy. Milliseconds, default 6 hours. */
  readonly reminderIntervalMs?: number;
  /**
   * A URL that is fetched (GET) at every evaluation while all jobs and checks are healthy. An external service should
   * send an alert when the URL is not fetched, so that an outage of all hosts is noticed too. The URL is a secret and
   * never logged.
   */
  readonly heartbeatUrl?: string;
}

/** Health options with defaults. */
export interface CheckedHealth {
  readonly alerts: readonly AlertRoute[];
  readonly watchIntervalMs: number;
  readonly reminderIntervalMs: number;
  readonly heartbeatUrl: string | null;
  readonly checkIntervalMs: number;
  readonly checks: readonly CustomCheck[];
  readonly outbox: OutboxLimits;
  readonly courier: CourierLimits;
  readonly boards: { readonly maxUnfinishedMs: number };
}

/**
 * Returns the options with defaults.
 *
 * @throws {InvalidOptionError} naming the first invalid option
 */
export function checkHealth(options: HealthOptions = {}): CheckedHealth {
  assertKnownOptions('health.', options, [
    'alerts',
    'watchIntervalMs',
    'checkIntervalMs',
    'checks',
    'outbox',
    'courier',
    'boards',
    'reminderIntervalMs',
    'heartbeatUrl',
  ]);
  assertKnownOptions('health.outbox.', options.outbox, ['maxPending', 'maxWaitMs', 'maxAgeMs']);
  assertKnownOptions('health.courier.', options.courier, ['maxWaitMs']);
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
    courier: courierLimits('health.courier', options.courier),
    boards: {
      maxUnfinishedMs: wholeNumber(
        'health.boards.maxUnfinishedMs',
        options.boards?.maxUnfinishedMs ?? MAX_UNFINISHED_MS,
        { min: 1_000, max: 365 * 24 * HOUR_MS },
      ),
    },
  };
}
