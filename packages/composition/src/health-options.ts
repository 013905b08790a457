import {
  HOUR_MS,
  InvalidOptionError,
  type AlertRoute,
  type HealthCheck,
  type OutboxLimits,
} from '@gamekeeper/core';
import { type Token } from '@gamekeeper/core/ports';
import { assertKnown, checkRoutes, outboxLimits, wholeNumber } from '@gamekeeper/core/engine';
import { MAX_UNFINISHED_MS } from '@gamekeeper/core/game';

/** A check of the host's own: complete, or made from what the host binds. */
export type OwnCheck = HealthCheck | ((resolve: <T>(token: Token<T>) => T) => HealthCheck);

/** How a host watches its jobs, and what else it judges. */
export interface HealthOptions {
  /** Who is told when a job or a check turns unhealthy, stays so, or recovers. Default: nobody but the log. */
  readonly alerts?: readonly AlertRoute[];
  /** The pause between two looks of the watch. Milliseconds, default 15,000. */
  readonly watchEveryMs?: number;
  /** The least time between two judgements by checks, which are judged at looks. Milliseconds, default 60,000. */
  readonly checkEveryMs?: number;
  /** What is judged beside jobs, outbox, leaderboards and clocks. */
  readonly checks?: readonly OwnCheck[];
  /** From when on the outbox is unhealthy. Without a bus it is not judged: nobody waits for the events. */
  readonly outbox?: Partial<OutboxLimits>;
  /** From when on a leaderboard is unhealthy. */
  readonly boards?: {
    /** For how long a period may be sealed before its reset is finished. Milliseconds, default 10 minutes. */
    readonly maxUnfinishedMs?: number;
  };
  /** After how long people are told again of what is unhealthy still. Milliseconds, default 6 hours. */
  readonly remindEveryMs?: number;
  /**
   * A URL that is fetched (GET) at every look while all jobs and checks are well, for a service outside that raises the alarm when
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
  readonly checkEveryMs: number;
  readonly checks: readonly OwnCheck[];
  readonly outbox: OutboxLimits;
  readonly boards: { readonly maxUnfinishedMs: number };
}

/** @throws {InvalidOptionError} naming the first option that cannot work */
export function checkHealth(options: HealthOptions = {}): CheckedHealth {
  assertKnown('health.', options, [
    'alerts',
    'watchEveryMs',
    'checkEveryMs',
    'checks',
    'outbox',
    'boards',
    'remindEveryMs',
    'heartbeatUrl',
  ]);
  assertKnown('health.outbox.', options.outbox, ['maxPending', 'maxWaitMs', 'maxAgeMs']);
  assertKnown('health.boards.', options.boards, ['maxUnfinishedMs']);
  const { alerts = [], watchEveryMs = 15_000, remindEveryMs = 6 * HOUR_MS, heartbeatUrl = null } = options;
  const { checkEveryMs = 60_000, checks = [] } = options;
  if (!Array.isArray(alerts)) {
    throw new InvalidOptionError(
      'health.alerts',
      alerts,
      'give a list such as [{ channel: webhookAlerts(…) }]',
    );
  }
  if (!Array.isArray(checks)) {
    throw new InvalidOptionError('health.checks', checks, 'give a list such as [{ name, judge }]');
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
    checks,
    checkEveryMs: wholeNumber('health.checkEveryMs', checkEveryMs, { min: 1_000, max: HOUR_MS }),
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
