import type { JobHost } from '@gamekeeper/composition';
import { InvalidOptionError, isGamekeeperError } from '@gamekeeper/core';
import { errorText, requiredOptions, withMethods } from '@gamekeeper/core/engine';
import { healthHandler, problemOf, type HealthHandlerOptions } from '@gamekeeper/http';
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** The host that the plugin of `@gamekeeper/fastify` starts and stops. */
    readonly host: JobHost;
  }
}

/** Options of {@link gamekeeper}. */
export interface GamekeeperPluginOptions {
  /** What `createJobHost` returned; the plugin starts and stops it. */
  readonly host: JobHost;
  /**
   * Whether this instance runs jobs and delivers events. `false` for instances that only serve requests and leave both
   * to others. Default `true`.
   */
  readonly start?: boolean;
  /** Adds routes for the health of the host, such as `/healthz`. Default: none. They should not be public. */
  readonly health?: HealthHandlerOptions;
  /** Whether errors of Gamekeeper become problem details (RFC 9457) in routes. Default `true`. */
  readonly problems?: boolean;
}

/**
 * The plugin: decorates the server with the host as `fastify.host`, starts it before the server listens, and stops it
 * when the server closes. Register it before your routes.
 *
 * @example
 * await fastify.register(gamekeeper, { host: createJobHost({ modules }) });
 */
export const gamekeeper: FastifyPluginAsync<GamekeeperPluginOptions> = async (fastify, options) => {
  const known = requiredOptions('', options, ['host', 'start', 'health', 'problems']);
  const { host, start = true, health, problems = true } = known;
  withMethods(
    'host',
    host,
    ['start', 'open', 'stop', 'health'],
    'must be the JobHost that createJobHost returns',
  );
  assertFlag('start', start);
  assertFlag('problems', problems);
  fastify.decorate('host', host);
  if (health !== undefined) addHealth(fastify, host, health);
  if (problems) mapErrors(fastify);
  fastify.addHook('onReady', () => (start ? host.start() : host.open()));
  fastify.addHook('onClose', async () => void (await host.stop()));
};

// What `fastify-plugin` does: decorator, hooks and error handler belong to the server that registers the plugin.
Object.assign(gamekeeper, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@gamekeeper/fastify',
  [Symbol.for('plugin-meta')]: { name: '@gamekeeper/fastify', fastify: '5.x' },
});

function addHealth(fastify: FastifyInstance, host: JobHost, options: HealthHandlerOptions): void {
  const handle = healthHandler(host, options);
  for (const path of ['healthz', 'livez', 'jobs', 'metrics']) {
    fastify.get(`${options.prefix ?? ''}/${path}`, async ({ url, headers: { accept = '*/*' } }, reply) => {
      const response = await handle(new Request(new URL(url, 'http://localhost'), { headers: { accept } }));
      // As text, because Fastify's own HEAD routes cannot measure a stream.
      const { status, headers } = response;
      return reply
        .code(status)
        .headers(Object.fromEntries(headers))
        .send(await response.text());
    });
  }
}

/** Errors that are not ours go to the handler that the server had before. */
function mapErrors(fastify: FastifyInstance): void {
  const previous = fastify.errorHandler;
  fastify.setErrorHandler<FastifyError>((error, request, reply) =>
    isGamekeeperError(error) ? sendProblem(error, request, reply) : previous(error, request, reply),
  );
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem.status >= 500) request.log.error({ code: problem.code }, errorText(error));
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

function assertFlag(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(option, value, 'must be true or false');
}
