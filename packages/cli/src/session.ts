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

/** What a {@link Session} needs. */
export interface SessionOptions {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Stops the command. */
  readonly signal: AbortSignal;
  /** Used if no file is named. */
  readonly config?: GamekeeperConfig;
}

/** What a command changes in the host of a configuration. */
export interface HostOverrides {
  readonly observer?: RunObserver;
  /** Whether the host keeps the jobs running; then it uses the instance id and the logger of its configuration. */
  readonly isBackend?: boolean;
}

/** How a command opens its host. */
export type HostOpenOptions = OpenOptions & HostOverrides;

/** The state of one command: its input, output and exit code. */
export class Session {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** The exit code, unless the command throws. */
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

  /** Prints a result: as one JSON document with `--json`, otherwise as text. */
  show(json: object, people: (terminal: Terminal) => void): void {
    if (this.options.json) this.terminal.json(json);
    else people(this.terminal);
  }

  /** Asks for confirmation before an action that cannot be undone, unless `--yes` is set. */
  async confirm(what: string): Promise<void> {
    if (!this.options.yes) await this.terminal.confirm(what, this.signal);
  }

  /**
   * Returns the configuration and its path.
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
   * Returns a host of the configuration, not open yet.
   *
   * @throws {ConfigError}
   */
  async host(use: HostOpenOptions = {}): Promise<JobHost> {
    const { path, options } = await this.loadConfig();
    return this.createHost(path, options, use);
  }

  /** @throws {ConfigError} if no host can be created from the options */
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
        // Standard output is for the result, and two instances must not share an id.
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
   * Opens a host of the configuration while `work` runs. By default it neither compares nor stores the schedules and
   * rules of the configuration. When the signal aborts, running work is released.
   *
   * @throws {ConfigError} {@link InterruptedError}, and errors of the host and of `work`
   */
  async withHost<Result>(
    work: (host: JobHost) => Promise<Result>,
    use: HostOpenOptions = {},
  ): Promise<Result> {
    const { register = 'none', migrate = false } = use;
    const host = await this.host(use);
    return this.withOpenHost(host, { register, migrate }, () => work(host));
  }

  /** Opens the given host while `work` runs, like {@link Session.withHost}. */
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
      // After an interrupt, report only the interrupt, not the error it caused.
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
