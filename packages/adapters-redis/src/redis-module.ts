import { provide, token, type HostModule, type Token } from '@gamekeeper/core/ports';
import { RedisConnection } from './redis-connection.ts';
import type { RedisOptions } from './redis-options.ts';

/** The connection that all Redis adapters of a host share. Hosts may use it as well. */
export const redisConnectionToken: Token<RedisConnection> = token('Redis');

/**
 * Returns a module that binds a connection to Redis, opened when the host starts.
 *
 * @throws {InvalidOptionError} for invalid options
 * @example
 * createJobHost({
 *   modules: [postgresAdapters({ url }), redisConnection({ url: 'redis://localhost:6379' }), cronerScheduler()],
 * });
 */
export function redisConnection(options: RedisOptions): HostModule {
  const connection = new RedisConnection(options);
  return {
    name: 'redisConnection',
    open: () => connection.open(),
    close: () => connection.close(),
    bindings: [provide(redisConnectionToken, [], () => connection)],
  };
}
