import { consoleLogger } from '@gamekeeper/composition';
import type { LogFields, Logger } from '@gamekeeper/core';
import { pino, type Logger as Pino } from 'pino';

/** What a log looks like: lines for a person, or an object per line for a program. */
export type LogFormat = 'text' | 'json';

/** Where the live host writes what it does. */
export interface LiveLog {
  readonly logger: Logger;
  /** Tells whoever started it how it stands. */
  readonly say: (words: string) => void;
}

/** The log of the live host on standard output. As JSON it also has the start of every run. */
export function liveLog(format: LogFormat): LiveLog {
  if (format === 'text') {
    return { logger: consoleLogger(), say: (words) => void process.stdout.write(`${words}\n`) };
  }
  const logger = pinoLogger(
    pino({
      level: 'debug',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    }),
  );
  return { logger, say: (words) => logger.info(words.trim().replaceAll(/ +/g, ' ')) };
}

/** A logger of pino as Gamekeeper's. */
export function pinoLogger(logger: Pick<Pino, 'debug' | 'info' | 'warn' | 'error'>): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) =>
      logger[level](fields, message);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
