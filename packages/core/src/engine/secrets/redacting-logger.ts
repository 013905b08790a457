import type { LogFields, Logger } from '../common/logger.ts';
import { redactValue } from './redact-value.ts';
import { redactSecrets } from './redact-secrets.ts';

/** A logger that writes to another one, without secrets: in no message and in no field. */
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
