import type { JobHostOptions } from '@gamekeeper/composition';
import { isGamekeeperError } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../errors.ts';
import type { GamekeeperConfig } from './define-config.ts';

/**
 * Returns the host options of a configuration file.
 *
 * @param path of the file; used in messages also if the configuration did not come from a file
 * @throws {ConfigError} if the file cannot be loaded, exports no valid configuration, or throws
 */
export async function loadConfig(path: string, env: NodeJS.ProcessEnv): Promise<JobHostOptions> {
  return optionsOf(path, await exportOf(path), env);
}

/** @throws {ConfigError} if the configuration throws or is invalid */
export async function optionsOf(
  path: string,
  config: unknown,
  env: NodeJS.ProcessEnv,
): Promise<JobHostOptions> {
  const options =
    typeof config === 'function' ? await callConfig(path, config as ConfigFunction, env) : config;
  if (isOptions(options)) return options;
  const what =
    config === undefined ? 'has no default export' : `has a default export that is ${kindOf(options)}`;
  throw new ConfigError(
    `${path} ${what}; export the options of createJobHost, { modules: […], … }, or a function that returns them.`,
  );
}

type ConfigFunction = Extract<GamekeeperConfig, (...args: never[]) => unknown>;

async function exportOf(path: string): Promise<unknown> {
  assertLoadable(path);
  let module: { readonly default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw new ConfigError(notLoaded(path, error), { cause: error });
  }
  // Compilers to CommonJS turn `export default` into this.
  const exported = module.default as { readonly default?: unknown } | null | undefined;
  return typeof exported === 'object' && exported && '__esModule' in exported ? exported.default : exported;
}

/** Node removes types itself from 22.18 on. */
function assertLoadable(path: string): void {
  if (!/^\.[mc]?ts$/.test(extname(path)) || process.features.typescript !== false) return;
  throw new ConfigError(
    `${path} is TypeScript, which Node.js ${process.versions.node} does not load; use Node.js 22.18 or later, set NODE_OPTIONS=--experimental-strip-types, or write it as gamekeeper.config.mjs.`,
  );
}

function notLoaded(path: string, error: unknown): string {
  const said = errorText(error).trim();
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return `${path} imports a file or package that does not exist: ${said}. Install it, or, for your own file, import it with its real extension (./jobs.ts).`;
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${path} uses TypeScript that Node.js cannot erase: ${said}. Avoid enums, namespaces and parameter properties in it, or load it with NODE_OPTIONS="--import tsx".`;
  }
  if (error instanceof SyntaxError) {
    const hint = /import statement|Unexpected token 'export'/.test(said)
      ? ' Name it gamekeeper.config.mts (or .mjs), or set "type": "module" in package.json.'
      : '';
    return `${path} cannot be read: ${said}${placeOf(path)}.${hint}`;
  }
  return `${path} threw while it was loaded: ${said}`;
}

/** Returns the line of a syntax error, which only Node's own report has; nothing if it is in an imported file. */
function placeOf(path: string): string {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 });
  const line = /^\S.*:(\d+)$/m.exec(stderr ?? '')?.[1];
  return line === undefined ? '' : ` (line ${line})`;
}

async function callConfig(path: string, config: ConfigFunction, env: NodeJS.ProcessEnv): Promise<unknown> {
  try {
    return await config(env);
  } catch (error) {
    if (isGamekeeperError(error)) throw new ConfigError(`${path}: ${error.message}`, { cause: error });
    throw new ConfigError(`${path} threw: ${errorText(error)}`, {
      cause: error,
    });
  }
}

function isOptions(value: unknown): value is JobHostOptions {
  return (
    typeof value === 'object' && value !== null && Array.isArray((value as { modules?: unknown }).modules)
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return typeof (value as { runNow?: unknown }).runNow === 'function'
    ? 'a host, but the command line creates the host itself'
    : 'an object without a list of modules';
}
