import type { Logger } from '../logger.ts';
import type { AlertChannel } from './alert-channel.ts';

/** Writes alerts to a log: `error` for critical ones, `warn` for others, `info` for good news. */
export function logAlerts(logger: Logger, { name = 'log' }: { readonly name?: string } = {}): AlertChannel {
  return {
    name,
    send: async ({ key, kind, job, verdict, severity, text }) => {
      const good = kind === 'recovered' || severity === 'info';
      const level = good ? 'info' : severity === 'critical' ? 'error' : 'warn';
      logger[level](text, { alert: key, kind, job, verdict, severity });
    },
  };
}
