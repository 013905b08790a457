import { GamekeeperError } from '@gamekeeper/core';

/** Thrown when the MikroORM driver for the options is not installed. */
export class MissingDriverError extends GamekeeperError<'MISSING_DRIVER'> {
  constructor(name: string, cause: unknown) {
    super(
      'MISSING_DRIVER',
      `The package ${name} could not be loaded; install it in the version of @mikro-orm/core.`,
      {
        cause,
      },
    );
  }
}
