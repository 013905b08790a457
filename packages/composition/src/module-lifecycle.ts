import { type Logger, type ModuleFinding } from '@gamekeeper/core';
import { failedSetup, type HostModule, type OpenContext } from '@gamekeeper/core/ports';
import { errorText } from '@gamekeeper/core/engine';

/** The modules of a host: opened in order, closed in reverse order. */
export class ModuleLifecycle {
  readonly #modules: readonly HostModule[];
  readonly #logger: Logger;
  readonly #opened: HostModule[] = [];
  #current: HostModule | undefined;

  constructor(modules: readonly HostModule[], logger: Logger) {
    this.#modules = modules;
    this.#logger = logger;
  }

  /** The name of the module that is being opened or closed. */
  get current(): string | undefined {
    return this.#current?.name;
  }

  /**
   * Opens the modules one after the other, and stops when the signal aborts.
   *
   * @throws the signal's reason, and errors of a module
   */
  async open(context: Omit<OpenContext, 'logger'>): Promise<void> {
    for (const module of this.#modules) {
      this.#current = module;
      await module.open?.({ ...context, logger: this.#logger });
      this.#opened.push(module);
      context.signal.throwIfAborted();
    }
    this.#current = undefined;
  }

  /** Returns what each module would find when it is opened, in any state. If a module throws, that is a finding too. */
  async checkSetup(): Promise<readonly ModuleFinding[]> {
    const findings = this.#modules.map(async (module) => {
      try {
        const found = (await module.checkSetup?.()) ?? [];
        return found.map((finding) => ({ module: module.name, ...finding }));
      } catch (error) {
        return [{ module: module.name, ...failedSetup('setup', error) }];
      }
    });
    return (await Promise.all(findings)).flat();
  }

  /** Closes the opened modules. A module that fails to close is logged and does not prevent the others from closing. */
  async close(): Promise<void> {
    for (let module = this.#opened.pop(); module; module = this.#opened.pop()) {
      this.#current = module;
      try {
        await module.close?.();
      } catch (error) {
        this.#logger.error('a module could not be closed', { module: module.name, error: errorText(error) });
      }
    }
    this.#current = undefined;
  }
}
