import { GamekeeperError } from '@gamekeeper/core';

/** Thrown when the arguments of a command are invalid. */
export class UsageError extends GamekeeperError<'USAGE'> {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('USAGE', message, options);
  }
}

/** Thrown when there is no configuration, or no host can be created from it. */
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

/** Thrown when an action that cannot be undone was not confirmed. */
export class NotConfirmedError extends GamekeeperError<'NOT_CONFIRMED'> {
  constructor(message: string) {
    super('NOT_CONFIRMED', message);
  }
}

/** Thrown after SIGINT or SIGTERM. Running batches were committed and the run was released. */
export class InterruptedError extends GamekeeperError<'INTERRUPTED'> {
  constructor() {
    super('INTERRUPTED', 'Interrupted. Committed batches are kept; the rest of the run was released.');
  }
}
