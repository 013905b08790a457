import type { GamekeeperConfig } from '@gamekeeper/cli';

/**
 * Returns the configuration unchanged; it only adds the type. Unlike `defineConfig` of `@gamekeeper/cli`, it does not
 * load the command line into a backend.
 *
 * @example
 * export default defineConfig(({ DATABASE_URL }) => ({
 *   modules: [postgresAdapters({ url: DATABASE_URL }), cronerScheduler()],
 * }));
 */
export function defineConfig<const Config extends GamekeeperConfig>(config: Config): Config {
  return config;
}
