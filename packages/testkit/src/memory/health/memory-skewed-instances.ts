import { type Instant } from '@gamekeeper/core';
import { SKEW_REPORT_TTL_MS, type SkewedInstance, type SkewedInstances } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase } from '../transactions/memory-database.ts';

/** Instances whose clocks differ too much, in memory. Times use the database's clock. */
export class MemorySkewedInstances implements SkewedInstances {
  readonly #database: MemoryDatabase;
  readonly #rows = new MemoryTable<SkewedInstance>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  report(instance: string, skewMs: number): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      const counting = this.#counting(now);
      for (const row of this.#rows.values()) if (!counting.includes(row)) this.#rows.delete(tx, row.instance);
      const since = counting.find((row) => row.instance === instance)?.since ?? now;
      this.#rows.set(tx, instance, { instance, skewMs, since, measuredAt: now });
    });
  }

  withdraw(instance: string): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      if (this.#rows.get(instance)) this.#rows.delete(tx, instance);
    });
  }

  list(): Promise<readonly SkewedInstance[]> {
    return this.#database.within(undefined, () =>
      this.#counting(this.#database.clock.now()).sort((a, b) => compareBytewise(a.instance, b.instance)),
    );
  }

  #counting(now: Instant): SkewedInstance[] {
    return [...this.#rows.values()].filter(({ measuredAt }) => now - measuredAt < SKEW_REPORT_TTL_MS);
  }
}
