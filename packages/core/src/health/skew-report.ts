import type { SkewedInstances } from './skewed-instances.ts';

/** What a {@link SkewReport} works with. */
export interface SkewReportPorts {
  readonly skewedInstances: SkewedInstances;
  /** As this instance names itself in the ledger. */
  readonly instance: string;
  /** How far the clock of this instance is ahead of the store's, as it was last measured; `null` before. Milliseconds. */
  readonly skewMs: () => number | null;
  /** The most that it may be off, either way. Milliseconds. */
  readonly maxSkewMs: number;
}

/** Reports an instance to the store while its clock is off. While it is right, nothing is written. */
export class SkewReport {
  readonly #ports: SkewReportPorts;
  #isReported = false;

  constructor(ports: SkewReportPorts) {
    this.#ports = ports;
  }

  /** Reports what was measured last, or withdraws what was reported before. */
  async update(): Promise<void> {
    const { skewedInstances, instance, skewMs, maxSkewMs } = this.#ports;
    const measuredMs = skewMs();
    if (measuredMs === null) return;
    if (Math.abs(measuredMs) > maxSkewMs) {
      this.#isReported = true;
      await skewedInstances.report(instance, Math.round(measuredMs));
    } else if (this.#isReported) {
      await skewedInstances.withdraw(instance);
      this.#isReported = false;
    }
  }
}
