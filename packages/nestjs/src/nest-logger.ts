import type { LogFields, Logger } from '@gamekeeper/core';
import { logLine, withMethods } from '@gamekeeper/core/engine';
import { Logger as NestLogger, type LoggerService } from '@nestjs/common';

/**
 * Returns a logger that writes to a logger of Nest, one line of text per message: `run succeeded job=life-regeneration
 * processed=12`.
 *
 * @param logger default: Nest's `Logger` with the context `Gamekeeper`, which follows `app.useLogger(…)`
 * @throws {InvalidOptionError}
 */
export function nestLogger(logger: LoggerService = new NestLogger('Gamekeeper')): Logger {
  withMethods('logger', logger, ['log', 'warn', 'error'], 'must be a LoggerService of Nest');
  return {
    debug: (message, fields) => void logger.debug?.(logLine(message, fields)),
    info: (message, fields) => write('log', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };

  function write(level: 'log' | 'warn' | 'error', message: string, fields?: LogFields): void {
    logger[level](logLine(message, fields));
  }
}
