import { InvalidOptionError } from '@gamekeeper/core';
import { assertKnownOptions, hiddenValue, isDate } from '@gamekeeper/core/engine';

/**
 * Checks that the options are an object with known names.
 *
 * @throws {InvalidOptionError}
 */
export function checkOptionNames(channel: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) {
    throw new InvalidOptionError(channel, hiddenValue(options), `must be an object with ${known.join(', ')}`);
  }
  assertKnownOptions(`${channel}.`, options, known);
}

/**
 * Returns the value if it is one line of text. The error does not show it: the text may be a secret in the wrong
 * option.
 */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT && isOneLine(value))
    return value;
  throw new InvalidOptionError(
    option,
    hiddenValue(value),
    `must be one line of text, at most ${MAX_TEXT} characters`,
  );
}

const MAX_TEXT = 1_000;

function isOneLine(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Returns the normalized URL of a receiver of alerts. It is a secret: no error shows it. */
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

/** Whether a value is an object that can hold options. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value);
}
