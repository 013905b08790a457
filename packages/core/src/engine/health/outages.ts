import { Outage, type Degradation, type OutageOptions, type OutagePorts } from './outage.ts';

/** The outages of all optional dependencies of a host. */
export class Outages {
  readonly #ports: OutagePorts;
  readonly #all = new Map<string, Outage>();

  constructor(ports: OutagePorts) {
    this.#ports = ports;
  }

  /**
   * Returns the outage of a dependency: the same object for every caller that uses its name. The options of the first
   * call apply.
   */
  of(options: OutageOptions): Outage {
    const known = this.#all.get(options.name);
    if (known) return known;
    const made = new Outage(options, this.#ports);
    this.#all.set(options.name, made);
    return made;
  }

  get all(): readonly Outage[] {
    return [...this.#all.values()];
  }

  /** Returns the dependencies that are unavailable now. Ends outages that are over. */
  current(): readonly Degradation[] {
    return this.all.flatMap((outage) => outage.current() ?? []);
  }
}
