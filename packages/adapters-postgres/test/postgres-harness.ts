import { instant, type Instant } from '@gamekeeper/core';
import type { LedgerHarness, LivesHarness, OutboxHarness } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import {
  PostgresDatabase,
  PostgresJobLedger,
  PostgresLivesRepository,
  PostgresOutbox,
  pinDatabaseClock,
  type PostgresOptions,
} from '../src/index.ts';

/** A database for one test file, emptied for each case. */
export class PostgresHarness {
  readonly database: PostgresDatabase;
  #now: Instant = instant('2026-11-24T00:00:00Z');

  constructor(options: PostgresOptions) {
    this.database = new PostgresDatabase(options);
  }

  /** A store with nothing in it, on the database's clock pinned. */
  async empty(): Promise<LivesHarness & LedgerHarness & OutboxHarness> {
    const { database } = this;
    const { lives, jobs, jobRuns, outbox } = database.tables;
    await database.within(undefined, (db) =>
      sql`truncate ${lives}, ${jobs}, ${jobRuns}, ${outbox} restart identity`.execute(db),
    );
    await pinDatabaseClock(database, this.#now);
    const events = new PostgresOutbox(database);
    return {
      transactions: database,
      lives: new PostgresLivesRepository(database, events),
      ledger: new PostgresJobLedger(database),
      outbox: events,
      passTime: async (ms) => {
        this.#now = instant(this.#now + ms);
        await pinDatabaseClock(database, this.#now);
      },
    };
  }
}

/** A schema that no other test uses. */
export function testSchema(): string {
  return `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
}
