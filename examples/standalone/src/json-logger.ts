import type { LogFields, Logger } from '@gamekeeper/core';
import { pino, type Logger as Pino } from 'pino';

/** A log on standard output with an object per line, which also has the start of every run. */
export function jsonLogger(): Logger {
  return pinoLogger(
    pino({
      level: 'debug',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    }),
  );
}

/** A logger of pino as Gamekeeper's. */
export function pinoLogger(logger: Pick<Pino, 'debug' | 'info' | 'warn' | 'error'>): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) =>
      logger[level](fields, message);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
