import { isDate } from './realms.ts';

/**
 * The base class of all errors that Gamekeeper throws on purpose.
 *
 * `code` is stable across versions: programs check it. The message is for people: it says what happened, with which
 * value, and what to do. `cause` holds the underlying error, if there is one.
 */
export class GamekeeperError<Code extends string = string> extends Error {
  readonly code: Code;
  /** Marks the error across copies of this package. */
  readonly gamekeeper: true = true;

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/**
 * Returns whether Gamekeeper threw this error on purpose. Also works across two copies of the package, where
 * `instanceof` does not.
 */
export function isGamekeeperError(error: unknown): error is GamekeeperError {
  return typeof error === 'object' && error !== null && 'gamekeeper' in error;
}

/** Returns whether an error is a Gamekeeper error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return isGamekeeperError(error) && error.code === code;
}

/** An option has an invalid value, or is unknown. */
export class InvalidOptionError extends GamekeeperError<'INVALID_OPTION'> {
  /** The path of the option, such as `rules.lives.maxLives`. */
  readonly option: string;

  /**
   * @param requirement what the option must be, such as `must be true or false`
   * @param value the given value; {@link described} or {@link hiddenValue} if it cannot or must not be shown
   */
  constructor(
    option: string,
    value: unknown,
    requirement: string,
    { message, ...options }: { readonly cause?: unknown; readonly message?: string } = {},
  ) {
    super('INVALID_OPTION', message ?? `Option ${option} ${requirement}; got ${show(value)}.`, options);
    this.option = option;
  }

  /** Returns the error for an option that does not exist, with the names of those that do. */
  static unknown(path: string, name: string, known: readonly string[]): InvalidOptionError {
    const option = `${path}${name}`;
    return new InvalidOptionError(option, undefined, 'is unknown', {
      message: `Unknown option ${option}; known options are ${known.join(', ')}.`,
    });
  }
}

/** Text that is shown in place of a value in an error message. */
class Description {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Returns text that is shown in place of a value in an error message, such as `an empty list`, without quotes. */
export function described(text: string): unknown {
  return new Description(text);
}

/**
 * Returns a placeholder for a value that may be a secret, so that no error message shows it. Missing and empty values
 * are shown.
 */
export function hiddenValue(value: unknown): unknown {
  const isMissing = value === undefined || value === null || value === '';
  return isMissing ? value : described('a value that is hidden, because it may be a secret');
}

const MOST_SHOWN = 120;

/** Returns a value as text for an error message: at most about 120 characters, text in quotes. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value);
  }
  if (value instanceof Description) return value.text;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`.slice(0, MOST_SHOWN);
  if (typeof value !== 'object' || value === null) return String(value).slice(0, MOST_SHOWN);
  try {
    if (isDate(value) && Number.isNaN(value.getTime())) return 'an invalid Date';
    if (isPromise(value)) return 'a Promise (await it)';
    return JSON.stringify(value).slice(0, MOST_SHOWN);
  } catch {
    return 'an object';
  }
}

function isPromise(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Promise]';
}
