import { StoreUnavailableError, type Transactions } from '@gamekeeper/core';
import { engineTokens, type HostModule } from '@gamekeeper/core/ports';

/** A fault that strikes a process at one of its next calls to the store. */
export type FaultPlan =
  | { readonly kind: 'crash'; readonly call: number; readonly place: 'before' | 'uncommitted' | 'after' }
  | { readonly kind: 'sleep'; readonly call: number };

/** Injects faults into the store calls of one process: it can pause or crash at a given call. */
export class FaultInjector {
  #plan: FaultPlan | null = null;
  #calls = 0;
  #crashed = false;
  #wake: (() => void) | null = null;
  #fallAsleep = (): void => undefined;

  get hasCrashed(): boolean {
    return this.#crashed;
  }

  get isAsleep(): boolean {
    return this.#wake !== null;
  }

  /** Sets the fault for the next calls. Resolves when the process has paused because of it. */
  arm(plan: FaultPlan | null): Promise<void> {
    this.#plan = plan;
    this.#calls = 0;
    return new Promise((resolve) => (this.#fallAsleep = resolve));
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Called before each call to the store. Returns where the process crashes, or `null`. */
  async begin({ maySleep }: { readonly maySleep: boolean }): Promise<'uncommitted' | 'after' | null> {
    this.assertAlive();
    const plan = this.#plan;
    if (plan === null || (this.#calls += 1) < plan.call) return null;
    if (plan.kind === 'sleep') {
      if (!maySleep) return null;
      this.#plan = null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#fallAsleep();
      });
      return null;
    }
    this.#plan = null;
    if (plan.place === 'before') this.crash();
    return plan.place;
  }

  assertAlive(): void {
    if (this.#crashed) this.crash();
  }

  /** @throws {StoreUnavailableError} as for every call of a crashed process */
  crash(): never {
    this.#crashed = true;
    throw new StoreUnavailableError('the store', 'this process has crashed');
  }
}

/** The ports that the engine itself calls besides the transactions. */
const enginePorts: ReadonlySet<symbol> = new Set(
  [engineTokens.ledger, engineTokens.jobRegistry, engineTokens.verdictLog, engineTokens.storeTime].map(
    ({ symbol }) => symbol,
  ),
);

/** Returns a store with the faults of one process. */
export function withFaults(fate: FaultInjector, store: HostModule): HostModule {
  return {
    ...store,
    bindings: store.bindings.map((binding) => {
      const create = (...parts: readonly never[]): unknown => {
        const port = binding.create(...parts);
        if (enginePorts.has(binding.token.symbol)) return faultyPort(port as object, fate);
        return binding.token.symbol === engineTokens.transactions.symbol
          ? faultyTransactions(port as Transactions, fate)
          : port;
      };
      return { ...binding, create };
    }),
  };
}

function faultyTransactions(transactions: Transactions, fate: FaultInjector): Transactions {
  return {
    async run(work) {
      const end = await fate.begin({ maySleep: true });
      const result = await transactions.run(async (tx) => {
        const result = await work(tx);
        fate.assertAlive();
        if (end === 'uncommitted') fate.crash();
        return result;
      });
      if (end === 'after') fate.crash();
      return result;
    },
  };
}

/** Methods with their own transaction: a process that paused in another transaction would block all others. */
const ownTransactionMethods: readonly (string | symbol)[] = [
  'claim',
  'recordIdleTick',
  'renew',
  'fail',
  'release',
];

function faultyPort<Port extends object>(port: Port, fate: FaultInjector): Port {
  return new Proxy(port, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== 'function') return verb;
      return async (...values: readonly unknown[]): Promise<unknown> => {
        const end = await fate.begin({ maySleep: ownTransactionMethods.includes(name) });
        const answer: unknown = await Reflect.apply(verb, target, values);
        if (end !== null) fate.crash();
        return answer;
      };
    },
  });
}
