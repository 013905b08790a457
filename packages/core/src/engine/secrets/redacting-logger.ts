import type { LogFields, Logger } from '../common/logger.ts';
import { redactValue } from './redact-value.ts';
import { redactSecrets } from './redact-secrets.ts';

/** Returns a logger that redacts secrets in messages and fields, then writes to another logger. */
export function redactingLogger(logger: Logger): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void =>
      logger[level](
        redactSecrets(message),
        ...(fields === undefined ? [] : [redactValue(fields) as LogFields]),
      );
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
