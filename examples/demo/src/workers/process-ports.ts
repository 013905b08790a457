import type { HostModule } from '@gamekeeper/core/ports';
import { setImmediate } from 'node:timers';

/** Thrown by every call of a process that was killed. */
class ProcessGoneError extends Error {
  override readonly name = 'ProcessGoneError';
}

/** The calls of all processes to their store that have not ended: while there are any, the game's time stands still. */
export class PendingCalls {
  #pending = 0;
  #begun = 0;

  /** Counts a call from now until it ends, and returns its result. */
  count<Result>(result: Result): Result {
    if (!(result instanceof Promise)) return result;
    this.#pending += 1;
    this.#begun += 1;
    const end = (): void => void (this.#pending -= 1);
    result.then(end, end);
    return result;
  }

  /** Resolves when none is pending and none follows by itself. */
  async settled(): Promise<void> {
    for (let quiet = 0, before = this.#begun; quiet < 3; quiet += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#pending === 0 && this.#begun === before) continue;
      quiet = -1;
      before = this.#begun;
    }
  }
}

/** What one process has of the outside world: it ends when the process is killed. */
export class ProcessPorts {
  readonly #calls: PendingCalls;
  #isGone = false;

  constructor(calls: PendingCalls) {
    this.#calls = calls;
  }

  /** Every further call fails, as after `kill -9`; open transactions are rolled back, as by the server. */
  end(): void {
    this.#isGone = true;
  }

  /** Returns the module with every call of its ports counted, until the process ends. */
  through(module: HostModule): HostModule {
    return {
      ...module,
      bindings: module.bindings.map((binding) => ({
        ...binding,
        create: (...dependencies: readonly never[]) => this.#port(binding.create(...dependencies)),
      })),
    };
  }

  #port(port: unknown): unknown {
    if (typeof port !== 'object' || port === null) return port;
    // Not a proxy of the port itself: it has private fields.
    return new Proxy(Object.create(port) as object, {
      get: (_, key) => {
        const member: unknown = Reflect.get(port, key, port);
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]): unknown => {
          if (this.#isGone) return Promise.reject(new ProcessGoneError('the process is gone'));
          return this.#calls.count(Reflect.apply(member, port, given) as unknown);
        };
      },
    });
  }
}
