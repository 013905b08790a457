import type { Instant } from '@gamekeeper/core';
import type { StoreTime } from '@gamekeeper/core/ports';
import type { MemoryDatabase } from '../transactions/memory-database.ts';

/** The clock of a database in memory. */
export class MemoryStoreTime implements StoreTime {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async now(): Promise<Instant> {
    return this.#database.clock.now();
  }
}
