/**
 * The base of every error that Gamekeeper throws on purpose.
 *
 * `code` is stable across versions and is what programs should look at; the message is for people and says what
 * happened, with which value, and what to do. The cause, where there is one, is kept in `cause`.
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

/** Whether Gamekeeper threw this on purpose; works across two copies of the package, where `instanceof` does not. */
export function isGamekeeperError(error: unknown): error is GamekeeperError {
  return typeof error === 'object' && error !== null && 'gamekeeper' in error;
}

/** Whether an error is one of Gamekeeper's with a certain code. */
export function hasCode(error: unknown, code: string): boolean {
  return isGamekeeperError(error) && error.code === code;
}

/** An option has a value that cannot work. `option` is its path, such as `rules.lives.maxLives`. */
export class InvalidOptionError extends GamekeeperError<'INVALID_OPTION'> {
  readonly option: string;

  constructor(option: string, value: unknown, expected: string, options?: { readonly cause?: unknown }) {
    super('INVALID_OPTION', `Option ${option} is ${show(value)}; ${expected}.`, options);
    this.option = option;
  }
}

const MOST_SHOWN = 120;

/** A value in an error message: short, quoted where it is text, and never a throw of its own. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`.slice(0, MOST_SHOWN);
  if (typeof value !== 'object' || value === null) return String(value).slice(0, MOST_SHOWN);
  try {
    return JSON.stringify(value).slice(0, MOST_SHOWN);
  } catch {
    return 'an object';
  }
}
