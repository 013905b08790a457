import { InvalidOptionError } from '@gamekeeper/core';
import { assertKnownOptions, hiddenValue } from '@gamekeeper/core/engine';

/**
 * Refuses what is no options, and options that there are not.
 *
 * @throws {InvalidOptionError}
 */
export function checkOptionNames(channel: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) {
    throw new InvalidOptionError(channel, hiddenValue(options), `must be an object with ${known.join(', ')}`);
  }
  assertKnownOptions(`${channel}.`, options, known);
}

/** A line of text. What is no text, or has line breaks, was meant for another option and may be a secret there. */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && !/\p{Cc}/u.test(value)) return value;
  throw new InvalidOptionError(option, hiddenValue(value), 'must be one line of text');
}

/** A URL that alerts are sent to. It is a secret: no error repeats it. */
export function checkUrl(option: string, value: unknown): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError(option, hiddenValue(value), 'must be a URL with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOptionError(
      option,
      hiddenValue(value),
      'must not contain user and password; send them in a header',
    );
  }
  return url.href;
}

/** Whether a value has names and values of options. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
