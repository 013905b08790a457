import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { HostNotSettledError } from './test-host-errors.ts';

/** How many turns of the event loop without a call mean that nothing continues by itself. */
const QUIET_TURNS = 2;

/** A store in memory answers at once: without a turn now and then, a job that never ends would let no timer fire. */
const CALLS_PER_TURN = 1_000;

/**
 * The calls that have left a host and have not ended: statements, transactions, deliveries. While one is pending, the
 * host waits for real work; when none is, it waits for its clock, or for nothing.
 *
 * It uses Node's own timers, which a test's fake timers do not replace.
 */
export class PendingCalls {
  readonly #pending = new Map<number, string>();
  #started = 0;
  #whenDrained: (() => void) | undefined;

  /** How many calls have begun so far. */
  get started(): number {
    return this.#started;
  }

  /** Counts a call from now until it ends, and returns its result. */
  count<Result>(name: string, result: Result): Result {
    if (!isThenable(result)) return result;
    const id = (this.#started += 1);
    this.#pending.set(id, name);
    const ended = (): void => {
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#whenDrained?.();
    };
    const turned = id % CALLS_PER_TURN === 0 ? afterTurn(result) : result;
    turned.then(ended, ended);
    return turned as Result;
  }

  /**
   * Resolves when no call is pending and none follows.
   *
   * @throws {HostNotSettledError} if that takes longer than `timeoutMs` of real time
   */
  async settled(timeoutMs: number): Promise<void> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(new HostNotSettledError(timeoutMs, [...this.#pending.values()])),
      timeoutMs,
    );
    try {
      await Promise.race([this.#quiet(), timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#pending.size === 0) continue;
      turns = -1;
      await new Promise<void>((resolve) => (this.#whenDrained = resolve));
    }
  }
}

async function afterTurn(result: PromiseLike<unknown>): Promise<unknown> {
  await new Promise((resolve) => void setImmediate(resolve));
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
