import type { RecordedEntry } from '@gamekeeper/core/ports';
import { STREAK_ENTRY, type StreakTick } from '@gamekeeper/core/game';
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
  /** Empty for entries that are not about streaks. */
  readonly logQuizzes: readonly string[];
}

export function logParameters(entries: readonly RecordedEntry[]): LogParameters {
  return {
    logUsers: entries.map(({ userId }) => userId),
    logInstants: entries.map(({ at }) => instantText(at)!),
    logKeys: entries.map(({ entry }) => entry),
    logKinds: entries.map(({ kind }) => kind),
    logDetails: entries.map(({ details }) => JSON.stringify(details)),
    logQuizzes: entries.map(({ details }) =>
      'lastQuizAt' in details ? instantText(details.lastQuizAt)! : '',
    ),
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
    insert into ${playerLog}
      (user_id, at, entry, kind, details, streak, protections_left, last_quiz_at, applied_by, recorded_at)
    select user_id, at, entry, kind, case when last_quiz_at is null then details end,
      coalesce(details ->> 'currentStreak', details ->> 'lostStreak')::int, (details ->> 'protectionsLeft')::int,
      last_quiz_at, details ->> 'appliedBy', (select ${now})
    from (
      select user_id, at::timestamptz(3) as at, entry, kind, details::jsonb as details,
        nullif(last_quiz_at, '')::timestamptz(3) as last_quiz_at
      from unnest(
        ${p.logUsers}::text[], ${p.logInstants}::text[], ${p.logKeys}::text[], ${p.logKinds}::text[],
        ${p.logDetails}::text[], ${p.logQuizzes}::text[]
      ) as given (user_id, at, entry, kind, details, last_quiz_at)
    ) as logged
    where ${condition}
    on conflict do nothing
  `;
}

const insertEntries = statement<LogParameters, object>('append_player_log', (tables, p) =>
  insertedLog(tables, p),
);

/**
 * Returns the expression `logged`, after a comma, which writes the entries of a streak sweep from the rows of its
 * `changed`; nothing if the log is switched off.
 */
export function judgedLog(tables: Tables, tick: StreakTick): RawBuilder<unknown> {
  if (!tables.keepsPlayerLog) return sql``;
  return sql`,
    logged as (
      insert into ${tables.playerLog}
        (user_id, at, entry, kind, streak, protections_left, last_quiz_at, applied_by, recorded_at)
      select user_id, ${timestamp(tick.asOf)}, ${STREAK_ENTRY},
        case when kept then 'streak-protected' else 'streak-broken' end,
        case when kept then streak else lost_streak end, case when kept then protections_left end, last_quiz_at, 'job',
        (select ${tables.now})
      from changed
      on conflict do nothing
    )
  `;
}

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
