import { isError } from './realms.ts';
import type { LogFields } from './logger.ts';

/**
 * Returns a message and its fields as one line of text: `run succeeded job=life-regeneration processed=12`. Never
 * throws.
 */
export function logLine(message: string, fields: LogFields = {}): string {
  const shownFields = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${shown(value)}`);
  return `${message}${shownFields.join('')}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"]+$/.test(value)) return value;
  try {
    return (isError(value) ? undefined : JSON.stringify(value)) ?? String(value);
  } catch {
    // Logging must never fail a run: a value that JSON cannot represent is written with `String`.
    return String(value);
  }
}
