import { InvalidOptionError } from '@gamekeeper/core';
import type { PeriodHistory } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, timestamp, type Tables } from '../database/sql.ts';
import { archiveCtes } from '../leaderboards/archive-packs.ts';
import { lockOpenings } from '../leaderboards/open-period.ts';

const BATCH = 20_000;

/**
 * Stores an ended period with its archive. Locks the board's row of openings, so that no other period of the board is
 * opened meanwhile.
 */
export async function importPeriod(
  db: Sql,
  tables: Tables,
  { board, period, standings }: PeriodHistory,
): Promise<boolean> {
  await lockOpenings(db, tables, board);
  const { rows } = await sql<{
    readonly known: boolean;
    readonly over: boolean;
    readonly overlapping: string | null;
  }>`
    select
      exists (select from ${tables.periods} where board = ${board.key} and period = ${period.key}) as known,
      ${timestamp(period.endsAt)} <= ${tables.now} as over,
      (select period from ${tables.periods} where board = ${board.key}
        and starts_at < ${timestamp(period.endsAt)} and ends_at > ${timestamp(period.startsAt)} limit 1) as overlapping
  `.execute(db);
  const { known, over, overlapping } = rows[0]!;
  if (!over) throw new InvalidOptionError('period', period.key, 'must have ended');
  if (known) return false;
  if (overlapping !== null)
    throw new InvalidOptionError('period', period.key, `must not overlap the stored ${overlapping}`);
  await sql`
    insert into ${tables.periods} (board, period, starts_at, ends_at, sealed_at, players, reset_at)
    values (${board.key}, ${period.key}, ${timestamp(period.startsAt)}, ${timestamp(period.endsAt)},
      ${timestamp(period.endsAt)}, ${standings.length}, ${timestamp(period.endsAt)})
  `.execute(db);
  for (let first = 0; first < standings.length; first += BATCH) {
    const rowsOf = standings
      .slice(first, first + BATCH)
      .map(({ userId, username, score, lastXpAt }, index) => ({
        rank: first + index + 1,
        user_id: userId,
        username,
        score,
        last_xp_at: instantText(lastXpAt),
      }));
    await sql`
      with page as materialized (
        select * from pg_catalog.jsonb_to_recordset(${JSON.stringify(rowsOf)}::jsonb)
          as standing (user_id text, rank bigint, username text, score bigint, last_xp_at timestamptz)
      ),
      ${archiveCtes(tables, { board: board.key, period: period.key }, first + 1)}
      select
    `.execute(db);
  }
  return true;
}
