import { givenLogger, type LogFields, type Logger } from '../common/logger.ts';
import { knownOptions, storableText } from '../common/options.ts';
import type { Alert } from './alert.ts';
import type { AlertDigest } from './alert-digest.ts';
import type { AlertChannel } from './alert-channel.ts';

/**
 * Returns a channel that writes alerts to a log: critical ones with `error`, others with `warn`, recoveries with
 * `info`.
 *
 * @throws {InvalidOptionError}
 */
export function logAlerts(logger: Logger, options: { readonly name?: string } = {}): AlertChannel {
  givenLogger('logger', logger);
  const { name = 'log' } = knownOptions(options, ['name']);
  storableText('name', name, 'must be the name of the channel');
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
