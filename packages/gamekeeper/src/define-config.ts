import type { GamekeeperConfig } from '@gamekeeper/cli';

/**
 * Gives a configuration its type, as that of `@gamekeeper/cli` does, but without loading the command line into a backend.
 * Returns the configuration as it is.
 *
 * @example
 * export default defineConfig(({ DATABASE_URL }) => ({
 *   modules: [postgresAdapters({ url: DATABASE_URL }), cronerScheduler()],
 * }));
 */
export function defineConfig<const Config extends GamekeeperConfig>(config: Config): Config {
  return config;
}
