import { iso, type HealthCheck, type Instant, type Logger } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis } from '../database/sql.ts';

/** The facts of {@link pinnedClockCheck}. */
export interface PinnedClockFacts {
  /** Where the database's clock is pinned; usually `null`. */
  readonly pinnedAt: Instant | null;
}

/**
 * Checks whether the database's clock is pinned, which only tests do. This host ignores the pin; but its author
 * may write in the schema, and hosts opened with `pinnableClock` stand still.
 */
export function pinnedClockCheck(database: PostgresDatabase, logger: Logger): HealthCheck<PinnedClockFacts> {
  const table = `"${database.schema}".pinned_clock`;
  let isKnown = false;
  return {
    name: 'pinned-clock',
    judge: async (now) => {
      const pinnedAt = await readPin(database);
      if (pinnedAt === null) {
        isKnown = false;
        return { facts: { pinnedAt }, finding: null };
      }
      const text = `a row in ${table} pins the database's clock at ${iso(pinnedAt)}; it is only for tests and is ignored here. Find out who inserted it, then run: delete from ${table}`;
      if (!isKnown) logger.error(text, { pinnedAt: iso(pinnedAt) });
      isKnown = true;
      return { facts: { pinnedAt }, finding: { severity: 'warning', text, since: now } };
    },
  };
}

async function readPin(database: PostgresDatabase): Promise<Instant | null> {
  // The whole table, which is usually empty; without locks.
  const { rows } = await database.within(undefined, (db) =>
    sql<{ pinnedAt: Instant }>`
      select ${millis('pinned_at')} as "pinnedAt" from ${database.tables.pinnedClock} limit 1
    `.execute(db),
  );
  return rows[0]?.pinnedAt ?? null;
}
