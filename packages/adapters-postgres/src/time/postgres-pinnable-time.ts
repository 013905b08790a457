import type { Instant } from '@gamekeeper/core';
import type { PinnableTime } from '@gamekeeper/core/ports';
import { pinDatabaseClock } from '../database/pinned-clock.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';

/** The clock of a database that was opened with `pinnableClock`. */
export class PostgresPinnableTime implements PinnableTime {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  pin(at: Instant | null): Promise<void> {
    return pinDatabaseClock(this.#database, at);
  }
}
