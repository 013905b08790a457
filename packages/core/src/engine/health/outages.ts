import { Outage, type Degradation, type OutageOptions, type OutagePorts } from './outage.ts';

/** What a host can do without for a while: every dependency of that kind, and what is wrong with it. */
export class Outages {
  readonly #ports: OutagePorts;
  readonly #all = new Map<string, Outage>();

  constructor(ports: OutagePorts) {
    this.#ports = ports;
  }

  /** The outage of a dependency: the same for everybody who asks by its name. The options of the first one count. */
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

  /** What does not work now. Outages that are over end here. */
  current(): readonly Degradation[] {
    return this.all.flatMap((outage) => outage.current() ?? []);
  }
}
