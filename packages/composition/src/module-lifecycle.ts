import { type Logger, type ModuleFinding } from '@gamekeeper/core';
import { failedSetup, type HostModule, type OpenContext } from '@gamekeeper/core/ports';
import { errorText } from '@gamekeeper/core/engine';

/** The modules of a host: opened in their order, closed in the opposite one. */
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
   * Opens one after the other, and no further one once the signal has aborted.
   *
   * @throws the signal's reason, and whatever a module throws
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

  /** What each would find out when it is opened, whether it is or not. One that throws is a finding itself. */
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

  /** Closes those that were opened. One that fails is logged and keeps no other from being closed. */
  async close(): Promise<void> {
    for (let module = this.#opened.pop(); module; module = this.#opened.pop()) {
      this.#current = module;
      try {
        await module.close?.();
      } catch (error) {
        this.#logger.error('a module did not close', { module: module.name, error: errorText(error) });
      }
    }
    this.#current = undefined;
  }
}
