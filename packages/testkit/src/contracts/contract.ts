import { InvalidOptionError } from '@gamekeeper/core';
import {
  assertKnownOptions,
  givenFunction,
  givenList,
  requiredOptions,
  wholeNumber,
} from '@gamekeeper/core/engine';

/** One case of a contract, for any test runner: see {@link runContract}. */
export interface ContractCase {
  readonly name: string;
  /**
   * Rejects if the case does not hold; the message of a failed property contains its seed and counterexample. Rejects at
   * once if the case is to be skipped.
   */
  readonly run: () => Promise<void>;
  /** Why the adapter cannot be tested by this case. If absent, it can. */
  readonly skip?: string;
}

/** What {@link runContract} needs of a test runner: `it` of Vitest or Jest, or `test` of `node:test`. */
export interface TestRunner {
  (name: string, run: () => Promise<void>): unknown;
  readonly skip: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the cases of a contract with a test runner. Cases that the adapter does not support are registered as
 * skipped, with the reason in their names.
 *
 * @example
 * runContract(livesRepositoryContract({ create: emptyStore }), it);
 */
export function runContract(cases: readonly ContractCase[], it: TestRunner): void {
  givenList('cases', cases, 'must be the cases of a contract such as livesRepositoryContract(…)');
  givenFunction('it', it, 'must be the function `it` of a test runner');
  givenFunction('it.skip', it.skip, 'must be a function, as in Vitest, Jest and node:test');
  for (const { name, run, skip } of cases) {
    if (skip === undefined) it(name, run);
    else it.skip(`${name} (skipped: ${skip})`, run);
  }
}

/** The options of a contract: the adapter's harness and capabilities, and how thoroughly to test. */
export interface ContractOptions<Harness> {
  /**
   * Returns an empty store: new, or emptied. Called for every case and, in properties, for every example, one at a
   * time; it should be fast.
   */
  readonly create: () => Promise<Harness> | Harness;
  /** What else the adapter can do; cases that need more are skipped, with the reason. */
  readonly supports?: Partial<Capabilities>;
  /** Examples per property. Default 50. */
  readonly examples?: number;
  /** Replays the examples of a failure. */
  readonly seed?: number;
}

/** What not every store can do. */
export interface Capabilities {
  /** Several transactions can be open at once. */
  readonly concurrent: boolean;
  /**
   * The cache under test is a copy of the store: it knows only what it was sent, and can be wrong. A cache that reads
   * the store's tables is not separate.
   */
  readonly separate: boolean;
  /** The courier carries items to other processes. */
  readonly shared: boolean;
  /** The courier holds items back until their earliest instant. */
  readonly delays: boolean;
  /** The courier delivers an item again whose handler threw or whose host died. */
  readonly redelivers: boolean;
  /** The courier sends in a transaction of the store. */
  readonly joinsTransaction: boolean;
}

const reasons: Readonly<Record<keyof Capabilities, string>> = {
  concurrent: 'the adapter has no concurrent transactions',
  separate: 'the cache is not separate from the truth',
  shared: 'the courier stays within one process',
  delays: 'the courier does not hold items back',
  redelivers: 'the courier loses what is not handled',
  joinsTransaction: 'the courier does not join transactions',
};

/** Returns the cases of sentences. Those that the adapter does not claim to support have a reason to be skipped. */
export function contractCases<Harness>(
  options: ContractOptions<Harness>,
  sentences: readonly Sentence<Harness>[],
): readonly ContractCase[] {
  checkOptions(options);
  return sentences.map(({ name, needs, check }) =>
    needs === undefined || options.supports?.[needs] === true
      ? { name, run: async () => check(options.create, propertySettings(options)) }
      : skippedCase(name, reasons[needs]),
  );
}

/** @throws {InvalidOptionError} */
function checkOptions(options: ContractOptions<unknown>): void {
  requiredOptions('', options, ['create', 'supports', 'examples', 'seed']);
  const { create, supports, examples = 50, seed = 0 } = options;
  givenFunction('create', create, 'must be a function that returns an empty store');
  assertKnownOptions('supports.', supports, Object.keys(reasons));
  for (const [name, claim] of Object.entries(supports ?? {}))
    if (typeof claim !== 'boolean')
      throw new InvalidOptionError(`supports.${name}`, claim, 'must be true or false');
  wholeNumber('examples', examples, { min: 1, max: 1_000_000 });
  wholeNumber('seed', seed, { min: -(2 ** 31), max: 2 ** 31 - 1 });
}

function skippedCase(name: string, skip: string): ContractCase {
  // A runner that overlooks `skip` must not count the case as passed.
  const run = async (): Promise<void> => {
    throw new Error(`"${name}" cannot be run: ${skip}; use runContract(cases, it), which skips it`);
  };
  return { name, run, skip };
}

/** A sentence of a contract, and the check that proves it. */
export interface Sentence<Harness> {
  readonly name: string;
  readonly needs?: keyof Capabilities;
  readonly check: (create: ContractOptions<Harness>['create'], property: PropertySettings) => Promise<void>;
}

/** How fast-check runs a contract's properties. */
export interface PropertySettings {
  readonly numRuns: number;
  readonly seed?: number;
}

function propertySettings({
  examples = 50,
  seed,
}: {
  readonly examples?: number;
  readonly seed?: number;
}): PropertySettings {
  return { numRuns: examples, ...(seed !== undefined && { seed }) };
}
