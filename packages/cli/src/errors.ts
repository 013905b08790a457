import { GamekeeperError } from '@gamekeeper/core';

/** What was typed makes no sense. */
export class UsageError extends GamekeeperError<'USAGE'> {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('USAGE', message, options);
  }
}

/** There is no configuration, or no host can be made of it. */
export class ConfigError extends GamekeeperError<'CONFIG_INVALID' | 'CONFIG_NOT_FOUND'> {
  constructor(
    message: string,
    {
      code = 'CONFIG_INVALID',
      cause,
    }: { readonly code?: 'CONFIG_INVALID' | 'CONFIG_NOT_FOUND'; readonly cause?: unknown } = {},
  ) {
    super(code, message, { cause });
  }
}

/** What cannot be undone was not confirmed. */
export class NotConfirmedError extends GamekeeperError<'NOT_CONFIRMED'> {
  constructor(message: string) {
    super('NOT_CONFIRMED', message);
  }
}

/** Somebody stopped the command: what was begun was given back. */
export class InterruptedError extends GamekeeperError<'INTERRUPTED'> {
  constructor() {
    super('INTERRUPTED', 'Interrupted; what was begun was given back, and what was committed stays.');
  }
}
