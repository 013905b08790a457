import { InvalidOptionError } from '@gamekeeper/core';
import { assertKnownOptions } from '@gamekeeper/core/engine';

/**
 * Refuses what is no options, and options that there are not.
 *
 * @throws {InvalidOptionError}
 */
export function checkOptionNames(channel: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) {
    throw new InvalidOptionError(channel, hidden(options), `give an object with ${known.join(', ')}`);
  }
  assertKnownOptions(`${channel}.`, options, known);
}

/** A line of text. What is no text, or has line breaks, was meant for another option and may be a secret there. */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && !/\p{Cc}/u.test(value)) return value;
  throw new InvalidOptionError(option, hidden(value), 'give a line of text');
}

/** A URL that alerts are sent to. It is a secret: no error repeats it. */
export function checkUrl(option: string, value: unknown): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError(option, hidden(value), 'give a URL with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOptionError(option, hidden(value), 'give user and password in a header instead');
  }
  return url.href;
}

/** Stands for a value that may be a secret in an error message. */
export function hidden(value: unknown): unknown {
  return value === undefined || value === null || value === '' ? value : '…';
}

/** Whether a value has names and values of options. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
