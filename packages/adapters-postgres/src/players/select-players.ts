import { InvalidOptionError, type UserId } from '@gamekeeper/core';
import type { BoardPeriod, ImportTerms, ImportedPage, SelectedPage } from '@gamekeeper/core/ports';
import { assertPlayerColumns, playerColumns, xpColumn } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { sqlState } from '../database/failures.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';
import { importCtes } from './import-statement.ts';

type Columns = Readonly<Record<string, unknown>>;

/** A page as its statement returns it. */
export interface SelectedRows extends Omit<ImportedPage, 'imported'> {
  readonly imported: readonly UserId[];
  /** The rows that the statement could not tell to be valid, and did not write. */
  readonly unsure: readonly Columns[];
}

/**
 * Checks that the text is one select with the columns of a player. Reads its first row.
 *
 * @throws {InvalidOptionError}
 */
export async function assertSelect(db: Sql, select: string, { boards }: ImportTerms): Promise<void> {
  const read = sql<{ readonly columns: readonly string[] }>`
    select array(select pg_catalog.jsonb_object_keys(pg_catalog.to_jsonb(source))) as columns
    from (${sql.raw(select)}) as source limit 1
  `;
  const { rows } = await read.execute(db).catch((error: unknown) => {
    // Class 42: the text cannot be parsed, or names what does not exist or is not permitted.
    if (!sqlState(error)?.startsWith('42')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidOptionError(
      'select',
      select,
      `must be one SQL select that this role may run (${reason})`,
      {
        cause: error,
      },
    );
  });
  if (rows[0]) assertPlayerColumns('select', rows[0].columns, boards);
}

/**
 * Writes the players of a page of a select inside the database. Rows of which a cautious condition cannot tell that core
 * accepts them are returned instead.
 */
export async function importSelectedRows(
  db: Sql,
  tables: Tables,
  {
    select,
    page,
    filings,
    terms,
  }: {
    readonly select: string;
    readonly page: SelectedPage;
    readonly filings: readonly BoardPeriod[];
    readonly terms: ImportTerms;
  },
): Promise<SelectedRows> {
  const boards = terms.boards.filter(({ period }) => period !== 'all');
  const begin =
    page.after === null
      ? sql``
      : sql`where source.user_id::text collate "C" > ${page.after}::text collate "C"`;
  const text = (column: string): RawBuilder<unknown> => sql`row ->> ${sql.lit(column)}`;
  const { xp, currentStreak, longestStreak, protections, currentLives } = playerColumns;
  const counts = [currentStreak, longestStreak, protections, currentLives];
  const instants = [playerColumns.lastXpAt, playerColumns.lastQuizAt, playerColumns.nextRegenAt];
  const ids = [tables.columns.lives.id, tables.columns.progress.id];
  const isStorable = sql.join(
    ids.map((id) => id.accepts(sql`(row ->> 'user_id')`)),
    sql` and `,
  );
  const periodXp = sql`pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(${sql.join(
    boards.flatMap((board) => [sql`${sql.lit(board.key)}::text`, sql`(${text(xpColumn(board))})::bigint`]),
  )}))`;
  const { rows } = await sql<{
    readonly read: number;
    readonly last: string | null;
    readonly imported: readonly UserId[] | null;
    readonly unsure: readonly Columns[] | null;
  }>`
    with page as materialized (
      select pg_catalog.to_jsonb(source) as row from (${sql.raw(select)}) as source ${begin}
      order by source.user_id::text collate "C" limit ${page.limit}
    ),
    plain as materialized (
      select row, (
        pg_catalog.octet_length(row ->> 'user_id') between 1 and 255 and ${isStorable} and pg_catalog.left(row ->> 'user_id', 1) <> pg_catalog.chr(65279)
        and pg_catalog.jsonb_typeof(row -> 'username') = 'string'
        and pg_catalog.length(row ->> 'username') between 1 and 200 and pg_catalog.left(row ->> 'username', 1) <> pg_catalog.chr(65279)
        and ${all([xp, ...boards.map(xpColumn)], (column) => sql`coalesce(${text(column)}, '0') ~ '^[0-9]{1,15}$'`)}
        and ${all(counts, (column) => sql`coalesce(${text(column)}, '0') ~ '^[0-9]{1,6}$'`)}
        and ${all(instants, (column) => sql`coalesce(${text(column)}, ${ISO_EXAMPLE}) ~ ${ISO_PATTERN}`)}
      ) is true as is_plain
      from page
    ),
    typed as materialized (
      select row ->> 'user_id' as user_id, row ->> 'username' as username,
        coalesce((row ->> 'xp')::bigint, 0) as xp,
        (row ->> 'last_xp_at')::timestamptz(3) as last_xp_at,
        ${periodXp} as period_xp,
        coalesce((row ->> 'current_streak')::int, 0) as current_streak,
        coalesce((row ->> 'longest_streak')::int, (row ->> 'current_streak')::int, 0) as longest_streak,
        (row ->> 'last_quiz_at')::timestamptz(3) as last_quiz_at,
        coalesce((row ->> 'protections')::int, ${terms.initialProtections}::int) as protections,
        coalesce((row ->> 'current_lives')::int, ${terms.maxLives}::int) as current_lives,
        (row ->> 'next_regen_at')::timestamptz(3) as next_regen_at, row
      from plain where is_plain
    ),
    judged as materialized (
      select *, (
        longest_streak >= current_streak and (current_streak = 0 or last_quiz_at is not null)
        and protections <= 1000 and current_lives <= 1000
        and coalesce(last_quiz_at, ${timestamp(terms.at)}) between ${EARLIEST}::timestamptz and ${timestamp(terms.at)}
        and coalesce(last_xp_at, ${timestamp(terms.at)}) between ${EARLIEST}::timestamptz and ${timestamp(terms.at)}
        and coalesce(next_regen_at, ${timestamp(terms.at)}) <= ${timestamp(terms.at)} + interval '365 days'
        and not exists (
          select from pg_catalog.jsonb_each_text(period_xp) as part where part.value::bigint > xp
        )
      ) as is_sure
      from typed
    ),
    given as materialized (
      select distinct on (user_id) user_id, username, xp,
        coalesce(last_xp_at, last_quiz_at, ${timestamp(terms.at)}) as last_xp_at, period_xp, current_streak, longest_streak,
        last_quiz_at, protections, current_lives, next_regen_at
      from judged where is_sure order by user_id
    ),
    ${importCtes(tables, filings, terms)}
    select (select pg_catalog.count(*) from page)::int as read,
      (select pg_catalog.max((row ->> 'user_id') collate "C") from page) as last,
      (select pg_catalog.jsonb_agg(user_id) from fresh) as imported,
      (select pg_catalog.jsonb_agg(row) from (
        select row from plain where not is_plain union all select row from judged where not is_sure
      ) as left_over) as unsure
  `.execute(db);
  const { read, last, imported, unsure } = rows[0]!;
  const next = read === page.limit ? last : null;
  return { read, next, imported: imported ?? [], unsure: unsure ?? [] };
}

function all(
  columns: readonly string[],
  condition: (column: string) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql.join(columns.map(condition), sql` and `);
}

const ISO_EXAMPLE = '2026-11-24T10:00:00Z';
/** Instants as `to_jsonb` writes them, whatever the session's settings are. Without a zone they are not sure. */
const ISO_PATTERN =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$';
const EARLIEST = '2000-01-01T00:00:00Z';
