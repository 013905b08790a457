import type { UserId } from '@gamekeeper/core';
import type { BoardPeriod, ImportTerms } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { NEVER } from '../leaderboards/board-order.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { importedLog } from './append-log.ts';
import { judgedDays } from '../streaks/judged-days.ts';
import { epochMs, timestamp, type Tables } from '../database/sql.ts';

/** Columns of `given`, with their types. */
export const givenColumns = `user_id text, username text, xp bigint, last_xp_at timestamptz, period_xp jsonb,
  current_streak int, longest_streak int, last_quiz_at timestamptz, protections int, current_lives int,
  next_regen_at timestamptz`;

/**
 * Returns the CTEs that write players from a CTE `given`, each id once: the rules of `importedStreak`, `importedLives`
 * and `importedScore` as SQL. `fresh` has the ids of those who were written. Primary keys of all tables, in the order of
 * ids.
 */
export function importCtes(
  tables: Tables,
  filings: readonly BoardPeriod[],
  terms: ImportTerms,
): RawBuilder<unknown> {
  return sql`
    ${importedProgress(tables, filings, terms)}
    ${importedLives(tables, terms)}
    ${importedLog(tables, terms.at)}
    filing as materialized (${filingRows(filings)}),
    filed as (
      insert into ${tables.rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select board, period, user_id, username, score, last_at,
        coalesce(${epochMs(sql`last_at`)} * direction, ${NEVER}::bigint)
      from given join fresh using (user_id) cross join filing
        cross join lateral (
          select case when starts_at is null then xp else coalesce((period_xp ->> board)::bigint, 0) end as score
        ) as earned
        cross join lateral (
          select case when score > 0 then greatest(pg_catalog.date_trunc('milliseconds', last_xp_at), starts_at) end as last_at
        ) as moment
      where xp > 0
      order by board, period, user_id collate "C"
      on conflict (board, period, user_id) do nothing
    )
  `;
}

/** The players who were not known before, in `fresh`. */
function importedProgress(
  tables: Tables,
  filings: readonly BoardPeriod[],
  { judgedThrough }: ImportTerms,
): RawBuilder<unknown> {
  const { columns, progress } = tables;
  const { id, evaluatedOn, xpUpdatedAt, createsRows, newColumns, newValues, ...names } = columns.progress;
  const judgedOn = sql`case when current_streak > 0 then ${judgedThrough}::date end`;
  const judged = sql`
    judged as (${judgedDays(tables, sql`select user_id, ${judgedOn} from given join fresh using (user_id)`)}),
  `;
  if (!createsRows) {
    const kept = sql`
      judged as (
        update ${progress} as player set ${evaluatedOn} = ${judgedThrough}::date ${names.touch}
        from fresh where player.${id} = ${id.write(sql`fresh.user_id`)} and player.${names.currentStreak} > 0
      ),
    `;
    return sql`${knownPlayers(tables, filings)} ${evaluatedOn ? kept : judged}`;
  }
  return sql`
    fresh as (
      insert into ${progress} (${id}, ${names.username}, ${names.xp}, ${xpUpdatedAt ? sql`${xpUpdatedAt},` : sql``}
        ${names.currentStreak}, ${names.longestStreak}, ${names.lastQuizAt}, ${names.protections}
        ${evaluatedOn ? sql`, ${evaluatedOn}` : sql``} ${newColumns})
      select ${id.write(sql`user_id`)}, username, xp,
        ${xpUpdatedAt ? sql`${xpUpdatedAt.write(sql`case when xp > 0 then last_xp_at end`)},` : sql``}
        current_streak, longest_streak, ${names.lastQuizAt.write(sql`last_quiz_at`)}, protections
        ${evaluatedOn ? sql`, ${judgedOn}` : sql``} ${newValues}
      from given order by user_id collate "C"
      on conflict (${id}) do nothing
      returning ${id.read} as user_id
    ),
    ${evaluatedOn ? sql`` : judged}
  `;
}

/** Players whom the host has created keep their row, and are new as long as they are on none of the boards. */
function knownPlayers(
  { progress, rankings, columns }: Tables,
  filings: readonly BoardPeriod[],
): RawBuilder<unknown> {
  const { id } = columns.progress;
  return sql`
    fresh as (
      select user_id from given
      where exists (select from ${progress} where ${id} = ${id.write(sql`given.user_id`)}) and not exists (
        select from ${rankings} as ranking join unnest(
          ${filings.map(({ board }) => board.key)}::text[], ${filings.map(({ period }) => period.key)}::text[]
        ) as filing (board, period) using (board, period) where ranking.user_id = given.user_id
      )
    ),
  `;
}

/** Lives in rows that only the host creates are the host's already. */
function importedLives(tables: Tables, { at, maxLives, latestRegenAt }: ImportTerms): RawBuilder<unknown> {
  const { createsRows, id, currentLives, nextRegenAt, newColumns, newValues, ...lives } =
    tables.columns.lives;
  if (!createsRows) return sql``;
  const due = sql`greatest(coalesce(next_regen_at, ${timestamp(latestRegenAt)}), ${timestamp(at)} + interval '1 millisecond')`;
  const next = sql`case when current_lives < ${maxLives}::int then least(${due}, ${timestamp(latestRegenAt)}) end`;
  return sql`
    alive as (
      insert into ${tables.lives} (${id}, ${currentLives}, ${lives.maxLives ? sql`${lives.maxLives},` : sql``} ${nextRegenAt} ${newColumns})
      select ${id.write(sql`user_id`)}, current_lives, ${lives.maxLives ? sql`${maxLives}::int,` : sql``} ${nextRegenAt.write(next)} ${newValues}
      from given join fresh using (user_id) where current_lives <> ${maxLives}::int
      order by user_id collate "C"
      on conflict (${id}) do nothing
    ),
  `;
}

function filingRows(filings: readonly BoardPeriod[]): RawBuilder<unknown> {
  // Empty instead of NULL: with array_nulls off, a NULL in an array is text.
  const starts = filings.map(({ period: { startsAt } }) =>
    startsAt === null ? '' : new Date(startsAt).toISOString(),
  );
  return sql`
    select board, period, nullif(starts_at, '')::timestamptz as starts_at, direction
    from unnest(
      ${filings.map(({ board }) => board.key)}::text[],
      ${filings.map(({ period }) => period.key)}::text[],
      ${starts}::text[],
      ${filings.map(({ board }) => (board.tieBreak === 'latest' ? '-1' : '1'))}::bigint[]
    ) as filing (board, period, starts_at, direction)
  `;
}

/**
 * Stores the all-time periods, and returns the filings whose period is not sealed and was not skipped by a reset. The
 * periods must be held open before, by a separate statement.
 */
export async function openFilings(
  db: Sql,
  tables: Tables,
  filings: readonly BoardPeriod[],
): Promise<readonly BoardPeriod[]> {
  const endless = filings.filter(({ board }) => board.period === 'all');
  await sql`
    insert into ${tables.periods} (board, period)
    select board, period from unnest(
      ${endless.map(({ board }) => board.key)}::text[], ${endless.map(({ period }) => period.key)}::text[]
    ) as endless (board, period)
    on conflict (board, period) do nothing
  `.execute(db);
  const { rows } = await sql<{ readonly board: string }>`
    select known.board from ${tables.periods} as known
    join unnest(
      ${filings.map(({ board }) => board.key)}::text[], ${filings.map(({ period }) => period.key)}::text[]
    ) as filing (board, period) using (board, period)
    where known.sealed_at is null
  `.execute(db);
  const open = new Set(rows.map(({ board }) => board));
  return filings.filter(({ board }) => open.has(board.key));
}

/** The result of a statement with {@link importCtes}. */
export interface WrittenRow {
  readonly imported: readonly UserId[] | null;
}
