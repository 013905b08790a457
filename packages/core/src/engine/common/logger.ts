/** Named values that go with a log line; instants as ISO text, durations in milliseconds. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where Gamekeeper writes what it does.
 *
 * Implementations must not throw and must not wait: a log line never decides whether a run succeeds. The shape fits
 * pino, winston and the console with a line each.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger that keeps nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
