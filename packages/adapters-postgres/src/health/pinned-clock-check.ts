import { iso, type HealthCheck, type Instant, type Logger } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis } from '../database/sql.ts';

/** What {@link pinnedClockCheck} judges by. */
export interface PinnedClockFacts {
  /** Where the database's clock is pinned; `null` as a rule. */
  readonly pinnedAt: Instant | null;
}

/**
 * Whether somebody has pinned the database's clock, as only tests do. It is ignored here; but whoever did so may write in
 * the schema, and a host that was opened for tests stands still by it.
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
      const text = `a row in ${table} pins the database's clock at ${iso(pinnedAt)}: it is for tests and is ignored here; find out who wrote it, then delete from ${table}`;
      if (!isKnown) logger.error(text, { pinnedAt: iso(pinnedAt) });
      isKnown = true;
      return { facts: { pinnedAt }, finding: { severity: 'warning', text, since: now } };
    },
  };
}

async function readPin(database: PostgresDatabase): Promise<Instant | null> {
  // The whole table, which is empty as a rule; without locks.
  const { rows } = await database.within(undefined, (db) =>
    sql<{ pinnedAt: Instant }>`
      select ${millis('pinned_at')} as "pinnedAt" from ${database.tables.pinnedClock} limit 1
    `.execute(db),
  );
  return rows[0]?.pinnedAt ?? null;
}
