import type { Fault, Moment } from './plan.ts';

/** A fault that strikes at a call. */
export type CallFault = Fault & { readonly at: Extract<Moment, { call: string }> };

/** A fault that strikes at an instant. */
export type TimedFault = Fault & { readonly at: Extract<Moment, { afterMs: number }> };

/** The pending faults of one instance, and how many calls of each name it has made, including earlier processes. */
export class FaultBook {
  readonly timed: readonly TimedFault[];
  readonly #byCall = new Map<string, CallFault[]>();
  readonly #counts = new Map<string, number>();

  constructor(faults: readonly Fault[]) {
    this.timed = faults.filter((fault): fault is TimedFault => 'afterMs' in fault.at);
    for (const fault of faults) {
      if (!isCallFault(fault)) continue;
      const known = this.#byCall.get(fault.at.call);
      if (known) known.push(fault);
      else this.#byCall.set(fault.at.call, [fault]);
    }
  }

  /** Counts a call. Returns the fault that strikes at it. */
  count(call: string): CallFault | undefined {
    return this.#countOne(call) ?? this.#countOne('any');
  }

  #countOne(call: string): CallFault | undefined {
    const faults = this.#byCall.get(call);
    if (!faults) return undefined;
    const nth = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, nth);
    return faults.find(({ at }) => at.nth === nth);
  }
}

function isCallFault(fault: Fault): fault is CallFault {
  return 'call' in fault.at;
}
