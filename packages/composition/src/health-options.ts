import {
  HOUR_MS,
  InvalidOptionError,
  assertKnown,
  checkRoutes,
  wholeNumber,
  type AlertRoute,
} from '@gamekeeper/core';

/** How a host watches its jobs. */
export interface HealthOptions {
  /** Who is told when a job turns unhealthy, stays so, or recovers. Default: nobody but the log. */
  readonly alerts?: readonly AlertRoute[];
  /** The pause between two looks of the watch. Milliseconds, default 15,000. */
  readonly watchEveryMs?: number;
  /** After how long people are told again of a job that is unhealthy still. Milliseconds, default 6 hours. */
  readonly remindEveryMs?: number;
  /**
   * A URL that is fetched (GET) at every look while all jobs are well, for a service outside that raises the alarm when
   * it is not: then even a host that is gone altogether is noticed. It is a secret: it is never logged.
   */
  readonly heartbeatUrl?: string;
}

/** Options of health with defaults filled in. */
export interface CheckedHealth {
  readonly alerts: readonly AlertRoute[];
  readonly watchEveryMs: number;
  readonly remindEveryMs: number;
  readonly heartbeatUrl: string | null;
}

/** @throws {InvalidOptionError} naming the first option that cannot work */
export function checkHealth(options: HealthOptions = {}): CheckedHealth {
  assertKnown('health.', options, ['alerts', 'watchEveryMs', 'remindEveryMs', 'heartbeatUrl']);
  const { alerts = [], watchEveryMs = 15_000, remindEveryMs = 6 * HOUR_MS, heartbeatUrl = null } = options;
  if (!Array.isArray(alerts)) {
    throw new InvalidOptionError(
      'health.alerts',
      alerts,
      'give a list such as [{ channel: webhookAlerts(…) }]',
    );
  }
  if (heartbeatUrl !== null && !/^https?:$/.test(URL.parse(heartbeatUrl)?.protocol ?? '')) {
    // Not its value: it may hold a token.
    throw new InvalidOptionError('health.heartbeatUrl', 'no URL', 'give one with http:// or https://');
  }
  return {
    alerts: checkRoutes('health.alerts', alerts),
    watchEveryMs: wholeNumber('health.watchEveryMs', watchEveryMs, { min: 1_000, max: HOUR_MS }),
    remindEveryMs: wholeNumber('health.remindEveryMs', remindEveryMs, {
      min: 60_000,
      max: 365 * 24 * HOUR_MS,
    }),
    heartbeatUrl,
  };
}
