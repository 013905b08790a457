import type { LogFields, Logger } from '@gamekeeper/core';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** From which severity on lines are written. */
export type LogLevel = (typeof levels)[number];

/** Writes one line per message to the standard streams: `run succeeded job=life-regeneration processed=12`. */
export function consoleLogger({ level = 'info' }: { readonly level?: LogLevel } = {}): Logger {
  const write = (severity: LogLevel) => (message: string, fields?: LogFields) => {
    if (levels.indexOf(severity) < levels.indexOf(level)) return;
    const stream = severity === 'warn' || severity === 'error' ? process.stderr : process.stdout;
    stream.write(`${new Date().toISOString()} ${severity.padEnd(5)} ${message}${text(fields)}\n`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function text(fields: LogFields = {}): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join('');
}
