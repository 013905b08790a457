import { GamekeeperError, instant, type InstantLike } from '@gamekeeper/core';
import { withMethods } from '@gamekeeper/core/engine';
import { sql } from 'kysely';
import type { PostgresDatabase } from './postgres-database.ts';
import { timestamp } from './sql.ts';

/** Thrown when a clock is to be pinned through a database that uses the server's clock. */
export class ClockNotPinnableError extends GamekeeperError<'CLOCK_NOT_PINNABLE'> {
  constructor(schema: string) {
    super(
      'CLOCK_NOT_PINNABLE',
      `The clock of the schema ${schema} cannot be pinned through this database, which uses the server's clock; in a test, open every host with postgresAdapters({ …, pinnableClock: true }).`,
    );
  }
}

/**
 * Pins the database's clock at an instant for every host that was opened with `pinnableClock`, or (with `null`) unpins
 * it. For tests only: leases of these hosts are measured by it. Other hosts ignore the pin and report it.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 * @throws {ClockNotPinnableError} for an instant, if this database was opened without `pinnableClock`
 */
export async function pinDatabaseClock(database: PostgresDatabase, at: InstantLike | null): Promise<void> {
  withMethods('database', database, ['within'], 'must be what postgresDatabase is bound to');
  const pinnedAt = at === null ? null : instant(at);
  if (at !== null && !database.isClockPinnable) throw new ClockNotPinnableError(database.schema);
  const { pinnedClock } = database.tables;
  await database.within(undefined, (db) =>
    pinnedAt === null
      ? sql`delete from ${pinnedClock}`.execute(db)
      : sql`
          insert into ${pinnedClock} (pinned_at) values (${timestamp(pinnedAt)})
          on conflict (single_row) do update set pinned_at = excluded.pinned_at
        `.execute(db),
  );
}
