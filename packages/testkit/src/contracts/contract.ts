/** One sentence of a contract, to be handed to any test runner: `it(name, run)`. */
export interface ContractCase {
  readonly name: string;
  /** Rejects when the sentence does not hold; the message of a failed property holds its seed and counterexample. */
  readonly run: () => Promise<void>;
}

/** What an adapter under test says about itself and how hard to test it. */
export interface ContractOptions<Harness> {
  /**
   * Gives an empty store: new, or emptied. Called for every case and, in properties, for every example, one at a time;
   * make it quick.
   */
  readonly create: () => Promise<Harness> | Harness;
  /** What else the adapter can do; cases that need more are left out. */
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
   * The cache under test is a copy beside the truth: it knows only what it was told, and can be wrong. One that reads
   * the tables of the truth is not separate.
   */
  readonly separate: boolean;
}

const known: Readonly<Record<keyof Capabilities, true>> = { concurrent: true, separate: true };

/** Turns sentences and their checks into cases, leaving out those that the adapter does not claim to support. */
export function contractCases<Harness>(
  options: ContractOptions<Harness>,
  sentences: readonly Sentence<Harness>[],
): readonly ContractCase[] {
  for (const name of Object.keys(options.supports ?? {})) {
    if (!(name in known))
      throw new TypeError(
        `unknown capability ${JSON.stringify(name)}; there is: ${Object.keys(known).join(', ')}`,
      );
  }
  return sentences
    .filter(({ needs }) => needs === undefined || options.supports?.[needs] === true)
    .map(({ name, check }) => ({ name, run: async () => check(options.create, propertySettings(options)) }));
}

/** A sentence of a contract with the check that proves it. */
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
