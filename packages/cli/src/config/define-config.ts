import type { JobHostOptions } from '@gamekeeper/composition';

/**
 * The default export of a `gamekeeper.config.ts`: the options of `createJobHost`, or a function that returns them for
 * an environment.
 */
export type GamekeeperConfig =
  JobHostOptions | ((env: NodeJS.ProcessEnv) => JobHostOptions | Promise<JobHostOptions>);

/**
 * Returns the configuration unchanged; it only adds the type.
 *
 * @example
 * export default defineConfig(({ DATABASE_URL }) => ({
 *   modules: [postgresAdapters({ url: DATABASE_URL }), cronerScheduler()],
 * }));
 */
export function defineConfig<const Config extends GamekeeperConfig>(config: Config): Config {
  return config;
}
