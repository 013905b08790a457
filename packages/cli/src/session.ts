import { createJobHost, type JobHost, type JobHostOptions, type OpenOptions } from '@gamekeeper/composition';
import { isGamekeeperError, type RunObserver } from '@gamekeeper/core';
import { engineTokens, type HostModule } from '@gamekeeper/core/ports';
import { errorText } from '@gamekeeper/core/engine';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { GamekeeperConfig } from './config/define-config.ts';
import { findConfig } from './config/find-config.ts';
import { loadConfig, optionsOf } from './config/load-config.ts';
import { ConfigError, InterruptedError } from './errors.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { stderrLogger } from './terminal/stderr-logger.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Options of every command. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly verbose?: boolean;
}

/** What a session is made from. */
export interface SessionOptions {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Stops what is at work. */
  readonly signal: AbortSignal;
  /** Used where no file is named. */
  readonly config?: GamekeeperConfig;
}

/** What a command changes about the host of a configuration. */
export interface HostOverrides {
  readonly observer?: RunObserver;
  /** A host that keeps the jobs running, under the name and with the log that its configuration gives it. */
  readonly isBackend?: boolean;
}

/** How a command opens its host. */
export type HostOpenOptions = OpenOptions & HostOverrides;

/** One command line at work: what it reads, writes to and ends with. */
export class Session {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** What the command ends with, unless it throws. */
  exitCode: ExitCode = exitCodes.ok;
  options: GlobalOptions = {};
  readonly #config: GamekeeperConfig | undefined;

  constructor({ terminal, env, cwd, signal, config }: SessionOptions) {
    this.terminal = terminal;
    this.env = env;
    this.cwd = cwd;
    this.signal = signal;
    this.#config = config;
  }

  /** Writes a result: as one JSON document with `--json`, otherwise for people. */
  show(json: object, people: (terminal: Terminal) => void): void {
    if (this.options.json) this.terminal.json(json);
    else people(this.terminal);
  }

  /** Asks before something that cannot be undone, unless `--yes` was given. */
  async confirm(what: string): Promise<void> {
    if (!this.options.yes) await this.terminal.confirm(what, this.signal);
  }

  /**
   * The configuration and where it is from.
   *
   * @throws {ConfigError}
   */
  async loadConfig(): Promise<{ readonly path: string; readonly options: JobHostOptions }> {
    const { config: given } = this.options;
    if (given === undefined && this.#config !== undefined) {
      const path = 'the configuration';
      return { path, options: await optionsOf(path, this.#config, this.env) };
    }
    const path = findConfig(this.cwd, given);
    return { path, options: await loadConfig(path, this.env) };
  }

  /**
   * A host of the configuration that is not open yet.
   *
   * @throws {ConfigError}
   */
  async host(use: HostOpenOptions = {}): Promise<JobHost> {
    const { path, options } = await this.loadConfig();
    return this.createHost(path, options, use);
  }

  /** @throws {ConfigError} where no host can be made of the options */
  createHost(
    path: string,
    options: JobHostOptions,
    { observer, isBackend = false }: HostOverrides = {},
  ): JobHost {
    const observers = [...(options.observers ?? []), ...(observer ? [observer] : [])];
    try {
      if (isBackend) return createJobHost({ ...options, observers });
      return createJobHost({
        ...options,
        observers,
        // Standard output is the result's, and no two instances may share a name.
        modules: options.modules.map(withoutLogger),
        logger: stderrLogger(this.terminal, { verbose: this.options.verbose ?? false }),
        instanceId: `gamekeeper-cli:${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
      });
    } catch (error) {
      if (!isGamekeeperError(error)) throw new ConfigError(`${path}: ${errorText(error)}`, { cause: error });
      throw new ConfigError(`${path}: ${error.message}`, { cause: error });
    }
  }

  /**
   * Opens a host of the configuration for as long as `work` takes. Reads and records nothing of the configuration's
   * schedules and rules unless told otherwise. Stopped by the signal, it gives back what is at work.
   *
   * @throws {ConfigError} {@link InterruptedError}, and whatever the host and `work` throw
   */
  async withHost<Result>(
    work: (host: JobHost) => Promise<Result>,
    use: HostOpenOptions = {},
  ): Promise<Result> {
    const { register = 'none', migrate = false } = use;
    const host = await this.host(use);
    return this.withOpenHost(host, { register, migrate }, () => work(host));
  }

  /** Opens a host for as long as `work` takes, as {@link Session.withHost} does. */
  async withOpenHost<Result>(
    host: JobHost,
    opening: OpenOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const stop = (): void => void host.stop();
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      if (this.signal.aborted) throw new InterruptedError();
      await host.open(opening);
      const result = await work();
      if (this.signal.aborted) this.exitCode = exitCodes.interrupted;
      return result;
    } catch (error) {
      // What it stopped at says nothing to whoever stopped it.
      throw this.signal.aborted ? new InterruptedError() : error;
    } finally {
      this.signal.removeEventListener('abort', stop);
      await host.stop();
    }
  }
}

function withoutLogger(module: HostModule): HostModule {
  const bindings = module.bindings.filter(({ token }) => token.symbol !== engineTokens.logger.symbol);
  return { ...module, bindings };
}
