import { withMethods } from './options.ts';

/** Structured fields of a log line: instants as ISO text, durations in milliseconds. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where Gamekeeper writes its log.
 *
 * Implementations must not throw and must not block: a failing log must never fail a run. pino, winston and the
 * console fit with one line of code each.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/**
 * Returns the value if it has the methods of a logger. A logger with a missing method would fail at the first line of
 * that level, in the middle of the work that writes it.
 *
 * @throws {InvalidOptionError} naming the option and the missing method
 */
export function givenLogger(option: string, logger: Logger): Logger {
  return withMethods(
    option,
    logger,
    ['debug', 'info', 'warn', 'error'],
    'must have the methods debug, info, warn and error',
  );
}

/** A logger that discards everything. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
