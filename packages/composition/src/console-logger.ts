import { InvalidOptionError, type LogFields, type Logger } from '@gamekeeper/core';
import { knownOptions, logLine } from '@gamekeeper/core/engine';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** The lowest severity that is written. */
export type LogLevel = (typeof levels)[number];

/**
 * Returns a logger that writes one line per message to the standard streams: `run succeeded job=life-regeneration
 * processed=12`.
 *
 * @throws {InvalidOptionError}
 */
export function consoleLogger(options: { readonly level?: LogLevel } = {}): Logger {
  const { level = 'info' } = knownOptions(options, ['level']);
  if (!levels.includes(level))
    throw new InvalidOptionError('level', level, `must be one of ${levels.join(', ')}`);
  const write = (severity: LogLevel) => (message: string, fields?: LogFields) => {
    if (levels.indexOf(severity) < levels.indexOf(level)) return;
    const stream = severity === 'warn' || severity === 'error' ? process.stderr : process.stdout;
    stream.write(`${new Date().toISOString()} ${severity.padEnd(5)} ${logLine(message, fields)}\n`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
