import type { JobHostOptions } from '@gamekeeper/composition';

/**
 * What a `gamekeeper.config.ts` exports by default: what `createJobHost` takes, or a function that makes it from the
 * environment.
 */
export type GamekeeperConfig =
  JobHostOptions | ((env: NodeJS.ProcessEnv) => JobHostOptions | Promise<JobHostOptions>);

/**
 * Gives a configuration its type. Returns it as it is.
 *
 * @example
 * export default defineConfig(({ DATABASE_URL }) => ({
 *   modules: [postgresAdapters({ url: DATABASE_URL }), cronerScheduler()],
 * }));
 */
export function defineConfig<const Config extends GamekeeperConfig>(config: Config): Config {
  return config;
}
