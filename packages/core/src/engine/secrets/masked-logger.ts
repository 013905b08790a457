import type { LogFields, Logger } from '../common/logger.ts';
import { maskedValue } from './masked-values.ts';
import { withoutSecrets } from './without-secrets.ts';

/** A logger that writes to another one, without secrets: in no message and in no field. */
export function maskedLogger(logger: Logger): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void =>
      logger[level](
        withoutSecrets(message),
        ...(fields === undefined ? [] : [maskedValue(fields) as LogFields]),
      );
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
