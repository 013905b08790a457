import type { HostModule, Logger } from '@gamekeeper/core';

/** The modules of a host: opened in their order, closed in the opposite one. */
export class OpenModules {
  readonly #modules: readonly HostModule[];
  readonly #logger: Logger;
  readonly #opened: HostModule[] = [];

  constructor(modules: readonly HostModule[], logger: Logger) {
    this.#modules = modules;
    this.#logger = logger;
  }

  /** Opens one after the other. `assertGoingOn` is asked after each, and throws when no further one is to be opened. */
  async open(assertGoingOn: () => void): Promise<void> {
    for (const module of this.#modules) {
      await module.open?.();
      this.#opened.push(module);
      assertGoingOn();
    }
  }

  /** Closes those that were opened. One that fails is logged and keeps no other from being closed. */
  async close(): Promise<void> {
    for (let module = this.#opened.pop(); module; module = this.#opened.pop()) {
      try {
        await module.close?.();
      } catch (error) {
        this.#logger.error('a module did not close', { module: module.name, error: String(error) });
      }
    }
  }
}
