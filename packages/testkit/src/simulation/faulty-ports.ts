import type { Claim, Transaction, Transactions } from '@gamekeeper/core';
import type { RunLedger } from '@gamekeeper/core/ports';
import type { Journal } from './journal.ts';
import type { SimulatedStore } from './scenario.ts';
import { Conflict, type SimulatedProcess } from './simulated-process.ts';

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Returns the ports of a store as one process has them: a fault may strike at each call. */
export function faultyPorts<Store extends SimulatedStore>(
  store: Store,
  process: SimulatedProcess,
  journal: Journal,
): Store {
  const ports: Record<string, unknown> = {};
  for (const [name, port] of Object.entries(store)) {
    ports[name] = typeof port === 'object' && port !== null ? faultyPort(name, port, process) : port;
  }
  ports['transactions'] = faultyTransactions(store.transactions, process, journal);
  ports['ledger'] = faultyPort('ledger', journal.noted(store.ledger), process);
  if (store.shardLedger)
    ports['shardLedger'] = faultyPort('shardLedger', journal.notedShards(store.shardLedger), process);
  return ports as unknown as Store;
}

function faultyPort<Port extends object>(name: string, port: Port, process: SimulatedProcess): Port {
  const double: Record<string, Method> = {};
  for (const method of methodsOf(port)) {
    const call = `${name}.${method}`;
    const original = Reflect.get(port, method) as Method;
    double[method] = (...args) => process.call(call, args, () => Reflect.apply(original, port, args));
  }
  return double as unknown as Port;
}

function faultyTransactions(
  transactions: Transactions,
  process: SimulatedProcess,
  journal: Journal,
): Transactions {
  const run = async <Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
    let used: Transaction | undefined;
    const result = await transactions.run((tx) => {
      used = tx;
      return process.inTransaction(tx, async () => {
        const answer = await work(tx);
        await process.call('transactions.commit', [tx], async () => undefined);
        journal.keepPlace(tx);
        return answer;
      });
    });
    if (used) journal.committed(used);
    return result;
  };
  /** Like an adapter: repeats work that a conflict has rolled back. */
  const runAgain = async <Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await run(work);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
  };
  return { run: (work) => process.call('transactions.run', [], () => runAgain(work)) };
}

const known = new WeakMap<object, readonly string[]>();

/** Returns the methods of an object, including those of its superclasses. */
function methodsOf(port: object): readonly string[] {
  const prototype = Object.getPrototypeOf(port) as object | null;
  const own = Object.keys(port).filter((name) => typeof Reflect.get(port, name) === 'function');
  if (prototype === null || prototype === Object.prototype) return own;
  const inherited = known.get(prototype) ?? readMethods(prototype);
  known.set(prototype, inherited);
  return [...own, ...inherited];
}

function readMethods(prototype: object): readonly string[] {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name);
  const above = Object.getPrototypeOf(prototype) as object | null;
  return above === null || above === Object.prototype ? methods : [...methods, ...readMethods(above)];
}

/** Returns the claim among the arguments of a call, if there is one. */
export function claimAmong(args: readonly unknown[]): Pick<Claim, 'job' | 'tick'> | undefined {
  return args.find(
    (arg): arg is Parameters<RunLedger['recordIdleTick']>[0] =>
      typeof arg === 'object' && arg !== null && 'job' in arg && 'tick' in arg,
  );
}

/** Returns whether a call takes part in a transaction. */
export function isInTransaction(args: readonly unknown[]): boolean {
  return args.some((arg) => typeof arg === 'object' && arg !== null && 'store' in arg);
}
