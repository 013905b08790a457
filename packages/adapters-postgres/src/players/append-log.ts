import type { RecordedEntry } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, timestamp, type Tables } from '../database/sql.ts';
import { statement, type Placeholders } from '../database/statement.ts';

/** Writes entries of players' logs, unless the log is switched off. */
export async function appendLog(
  db: Sql,
  tables: Tables,
  entries: readonly RecordedEntry[] = [],
): Promise<void> {
  if (entries.length === 0 || !tables.keepsPlayerLog) return;
  await insertEntries(db, tables, logParameters(entries));
}

/** The parameters of entries: arrays with an element for each of them. */
export interface LogParameters {
  readonly logUsers: readonly string[];
  readonly logInstants: readonly string[];
  readonly logKeys: readonly string[];
  readonly logKinds: readonly string[];
  readonly logDetails: readonly string[];
}

export function logParameters(entries: readonly RecordedEntry[]): LogParameters {
  return {
    logUsers: entries.map(({ userId }) => userId),
    logInstants: entries.map(({ at }) => instantText(at)!),
    logKeys: entries.map(({ entry }) => entry),
    logKinds: entries.map(({ kind }) => kind),
    logDetails: entries.map(({ details }) => JSON.stringify(details)),
  };
}

/**
 * Writes entries if a condition holds. Primary key; waits for a concurrent transaction with the same entry, then ignores
 * it.
 */
export function insertedLog(
  { playerLog, now }: Tables,
  p: Placeholders<LogParameters>,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`
    insert into ${playerLog} (user_id, at, entry, kind, details, recorded_at)
    select user_id, at::timestamptz(3), entry, kind, details::jsonb, (select ${now})
    from unnest(
      ${p.logUsers}::text[], ${p.logInstants}::text[], ${p.logKeys}::text[], ${p.logKinds}::text[], ${p.logDetails}::text[]
    ) as logged (user_id, at, entry, kind, details)
    where ${condition}
    on conflict do nothing
  `;
}

const insertEntries = statement<LogParameters, object>('append_player_log', (tables, p) =>
  insertedLog(tables, p),
);

/** Returns the expression `logged`, before a comma, for imported players: those of `given` who are in `fresh`. */
export function importedLog(tables: Tables, at: Parameters<typeof timestamp>[0]): RawBuilder<unknown> {
  if (!tables.keepsPlayerLog) return sql``;
  return sql`
    logged as (
      insert into ${tables.playerLog} (user_id, at, entry, kind, details, recorded_at)
      select user_id, ${timestamp(at)}, 'imported', 'imported', pg_catalog.jsonb_build_object(
        'xp', xp, 'currentStreak', current_streak, 'protections', protections, 'currentLives', current_lives
      ), (select ${tables.now})
      from given join fresh using (user_id)
      order by user_id collate "C"
      on conflict do nothing
    ),
  `;
}
