import { type LogFields, type Logger } from '@gamekeeper/core';
import { redactSecrets } from '@gamekeeper/core/engine';
import type { Terminal } from './terminal.ts';
import { oneLine } from './format.ts';

/** Returns a logger to standard error for the host of a command: warnings and errors, or everything with `--verbose`. */
export function stderrLogger(terminal: Terminal, { verbose }: { readonly verbose: boolean }): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}): void => {
      const told = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`);
      terminal.note(terminal.paint('dim', redactSecrets(oneLine(`${level}: ${message}${told.join('')}`))));
    };
  const silent = (): void => undefined;
  return {
    debug: silent,
    info: verbose ? write('info') : silent,
    warn: write('warn'),
    error: write('error'),
  };
}

function shown(value: unknown): string {
  if (typeof value === 'string' || value instanceof Error) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
