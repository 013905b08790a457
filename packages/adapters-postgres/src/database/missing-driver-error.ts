import { GamekeeperError } from '@gamekeeper/core';

/** The MikroORM driver that the options need is not installed. */
export class MissingDriverError extends GamekeeperError<'MISSING_DRIVER'> {
  constructor(name: string, cause: unknown) {
    super(
      'MISSING_DRIVER',
      `The package ${name} could not be loaded; install it at the version of @mikro-orm/core.`,
      {
        cause,
      },
    );
  }
}
