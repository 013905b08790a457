import { GamekeeperError } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { problemOf } from '@gamekeeper/http';
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

/**
 * Responds to errors of Gamekeeper with problem details (RFC 9457) and the status of `docs/errors.md`; logs those of
 * 500 and above. Other errors are left to other filters. Works with Express and Fastify.
 *
 * @example
 * app.useGlobalFilters(app.get(GamekeeperExceptionFilter));
 */
export class GamekeeperExceptionFilter implements ExceptionFilter<GamekeeperError> {
  readonly #adapters: HttpAdapterHost;
  readonly #logger = new Logger('Gamekeeper');

  constructor(adapters: HttpAdapterHost) {
    this.#adapters = adapters;
  }

  /** Called by Nest. Outside of HTTP, such as in GraphQL, it throws the error again. */
  catch(error: GamekeeperError, context: ArgumentsHost): void {
    if (context.getType() !== 'http') throw error;
    const problem = problemOf(error);
    if (problem.status >= 500) this.#logger.error(errorText(error), error.stack);
    const { httpAdapter } = this.#adapters;
    const response: unknown = context.switchToHttp().getResponse();
    httpAdapter.setHeader(response, 'content-type', 'application/problem+json');
    // As text, because adapters send objects as application/json.
    httpAdapter.reply(response, JSON.stringify(problem), problem.status);
  }
}

Catch(GamekeeperError)(GamekeeperExceptionFilter);
