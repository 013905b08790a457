import type { LogFields, Logger } from '../common/logger.ts';
import type { Alert } from './alert.ts';
import type { AlertDigest } from './alert-digest.ts';
import type { AlertChannel } from './alert-channel.ts';

/**
 * Returns a channel that writes alerts to a log: critical ones with `error`, others with `warn`, recoveries with
 * `info`.
 */
export function logAlerts(logger: Logger, { name = 'log' }: { readonly name?: string } = {}): AlertChannel {
  return {
    name,
    send: async (alert) => {
      const { key, kind, severity, text } = alert;
      const good = kind === 'recovered' || severity === 'info';
      const level = good ? 'info' : severity === 'critical' ? 'error' : 'warn';
      logger[level](text, { alert: key, kind, ...about(alert), severity });
    },
  };
}

function about(alert: Alert | AlertDigest): LogFields {
  if (alert.subject === 'digest') return { alerts: alert.alerts.length, ...alert.counts };
  const { verdict } = alert;
  return alert.subject === 'job' ? { job: alert.job, verdict } : { check: alert.check, verdict };
}
