import { type AwardId, type Board, type Instant, type XpAward } from '@gamekeeper/core';
import { type AwardOutcome, type BoardPeriod, type Period } from '@gamekeeper/core/ports';
import { compareBytewise, periodAt } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { keepsSnapshot } from '../database/isolation.ts';
import { SHORT_LOCK_TIMEOUT_MS, lockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, whole, type Tables } from '../database/sql.ts';
import { tieKey } from './board-order.ts';
import { openUnlessPassed } from './open-period.ts';

interface RecordedAward {
  readonly position: number;
  readonly counted: boolean;
  readonly username: string | null;
  readonly score: number | null;
  readonly last_xp_at: Instant | null;
}

interface LockedPeriod {
  readonly isolation: string;
  readonly board: string;
  readonly key: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/**
 * Finds the period of each board for an instant, opens those that are not stored, and holds them open: sealing one of
 * them waits until this transaction ends, and this call waits for a sealing in progress. A transaction with a snapshot
 * fails if one of them was sealed since.
 */
export async function lockOpenPeriods(
  db: Sql,
  tables: Tables,
  schema: string,
  boards: readonly Board[],
  { awardId, earnedAt: at }: XpAward,
): Promise<readonly BoardPeriod[]> {
  const closing = boards.filter(({ period }) => period !== 'all');
  const held = new Map<string, Period>();
  const hold = async (wanted: readonly Board[]): Promise<void> => {
    const stored = await lockStoredPeriods(db, tables, schema, wanted, at);
    if (stored.some(({ isolation }) => keepsSnapshot(isolation)))
      await assertPeriodsUnchanged(db, tables, stored);
    for (const { board, key, startsAt, endsAt } of stored) held.set(board, { key, startsAt, endsAt });
  };
  await hold(closing);
  const missing = closing.filter(({ key }) => !held.has(key));
  // An award that was counted before opens nothing.
  if (missing.length > 0 && !(await isAwardKnown(db, tables, awardId))) {
    // Periods are opened in the same order everywhere, so that two transactions that open several do not deadlock.
    for (const board of missing.toSorted((a, b) => compareBytewise(a.key, b.key))) {
      const { period, isPassed } = await openUnlessPassed(db, tables, board, at);
      if (isPassed) held.set(board.key, period);
    }
    await hold(missing.filter(({ key }) => !held.has(key)));
  }
  return boards.map((board) => ({ board, period: held.get(board.key) ?? periodAt(board, at) }));
}

/** By the primary key of awards, without locks. */
async function isAwardKnown(db: Sql, tables: Tables, awardId: AwardId): Promise<boolean> {
  const { rows } = await sql`select 1 from ${tables.awards} where award_id = ${awardId}`.execute(db);
  return rows.length > 0;
}

/**
 * Holds the stored periods of an instant open, by the index on periods. Uses advisory locks, shared among awards, so
 * that there is no row that all awards write.
 */
async function lockStoredPeriods(
  db: Sql,
  tables: Tables,
  schema: string,
  boards: readonly Board[],
  at: Instant,
): Promise<readonly LockedPeriod[]> {
  if (boards.length === 0) return [];
  const { rows } = await sql<LockedPeriod>`
    with found as materialized (
      select wanted.board, period, starts_at, ends_at
      from pg_catalog.unnest(${boards.map(({ key }) => key)}::text[]) as wanted (board)
      cross join lateral (
        select period, starts_at, ends_at from ${tables.periods} as known
        where known.board = wanted.board and starts_at <= ${timestamp(at)}
        order by starts_at desc limit 1
      ) as latest
      where ends_at > ${timestamp(at)}
    )
    select pg_catalog.current_setting('transaction_isolation') as isolation,
      board, period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
      pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext(${schema}::text || board), pg_catalog.hashtext(period))::text as held
    from found
  `.execute(db);
  return rows;
}

/**
 * Fails with a serialization error (40001) if a period has changed since the transaction's snapshot, in which a period
 * that was sealed meanwhile still looks open. By the primary key; it locks the rows, so it is only for transactions
 * with a snapshot.
 */
async function assertPeriodsUnchanged(
  db: Sql,
  tables: Tables,
  periods: readonly LockedPeriod[],
): Promise<void> {
  await sql`
    select from ${tables.periods} where (board, period) in (
      select * from unnest(${periods.map(({ board }) => board)}::text[], ${periods.map(({ key }) => key)}::text[])
    ) order by board for share
  `.execute(db);
}

/**
 * Waits for the awards that hold a period open, and makes new ones wait until the transaction ends. New awards queue
 * behind it, so it must not wait for long.
 *
 * @throws {RowLockedError} if an uncommitted award holds the period open for longer
 */
export async function lockPeriodForSeal(
  db: Sql,
  schema: string,
  board: string,
  period: string,
): Promise<void> {
  await withRowLockedError(`Period ${period} of ${board}`, () =>
    sql`
      select ${lockTimeout(SHORT_LOCK_TIMEOUT_MS)}, pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext(${schema}::text || ${board}::text), pg_catalog.hashtext(${period}::text))
    `.execute(db),
  );
}

/**
 * Counts an award for the player and on each board whose period is not sealed, in one statement. Primary keys of all
 * tables; locks the player's rows. The periods must be opened and held open before, by a separate statement, so that
 * this one sees what was sealed by then. This statement itself opens only all-time periods.
 */
export async function recordAward(
  db: Sql,
  tables: Tables,
  { awardId, userId, amount, earnedAt }: XpAward,
  filings: readonly BoardPeriod[],
): Promise<AwardOutcome> {
  // An award of 0 XP changes no order, not even in a tie.
  const lastXpAt = amount === 0 ? null : earnedAt;
  const text = (value: (filing: BoardPeriod) => string): readonly string[] => filings.map(value);
  // Empty instead of NULL: with array_nulls off, a NULL in an array is text.
  const at = (instant: Instant | null): string => (instant === null ? '' : new Date(instant).toISOString());
  const { rows } = await sql<RecordedAward>`
    with award as (
      insert into ${tables.awards} (award_id, user_id, amount, earned_at)
      values (${awardId}, ${userId}, ${String(amount)}::bigint, ${timestamp(earnedAt)})
      on conflict (award_id) do nothing
      returning amount
    ),
    player as (
      insert into ${tables.progress} as player (user_id, username, xp, xp_updated_at)
      select ${userId}, ${userId}, amount, ${timestamp(lastXpAt)} from award
      on conflict (user_id) do update
      set xp = player.xp + excluded.xp, xp_updated_at = greatest(player.xp_updated_at, excluded.xp_updated_at)
      returning username
    ),
    filing as (
      select board, period, nullif(starts_at, '')::timestamptz as starts_at, nullif(ends_at, '')::timestamptz as ends_at,
        tie_key, position
      from unnest(
        ${text(({ board }) => board.key)}::text[],
        ${text(({ period }) => period.key)}::text[],
        ${text(({ period }) => at(period.startsAt))}::text[],
        ${text(({ period }) => at(period.endsAt))}::text[],
        ${text(({ board }) => tieKey(lastXpAt, board.tieBreak))}::bigint[]
      ) with ordinality as filing (board, period, starts_at, ends_at, tie_key, position)
    ),
    unsealed as (
      select filing.* from filing, award
      where not exists (
        select from ${tables.periods} as known
        where known.board = filing.board and known.period = filing.period and known.sealed_at is not null
      ) and not exists (
        select from ${tables.periods} as known
        where known.board = filing.board and known.starts_at >= filing.ends_at and known.sealed_at is not null
      )
    ),
    opened as (
      insert into ${tables.periods} (board, period, starts_at, ends_at)
      select board, period, starts_at, ends_at from unsealed
      where not exists (
        select from ${tables.periods} as known where known.board = unsealed.board and known.period = unsealed.period
      )
      on conflict (board, period) do nothing
    ),
    filed as (
      insert into ${tables.rankings} as ranking (board, period, user_id, username, score, last_xp_at, tie_key)
      select board, period, ${userId}, username, amount, ${timestamp(lastXpAt)}, tie_key from unsealed, award, player
      on conflict (board, period, user_id) do update
      set score = ranking.score + excluded.score, username = excluded.username,
        last_xp_at = greatest(ranking.last_xp_at, excluded.last_xp_at),
        tie_key = case when ranking.last_xp_at >= excluded.last_xp_at or excluded.last_xp_at is null
          then ranking.tie_key else excluded.tie_key end
      returning board, period, score, last_xp_at
    )
    select position::int, exists (select from award) as counted, (select username from player) as username,
      ${whole(sql`score`)} as score, ${millis('last_xp_at')} as last_xp_at
    from filing left join filed using (board, period) order by position
  `.execute(db);

  if (!rows.some(({ counted }) => counted)) return { counted: false, scores: [], late: [] };
  const filing = ({ position }: RecordedAward): BoardPeriod => filings[position - 1]!;
  return {
    counted: true,
    late: rows.filter(({ score }) => score === null).map(filing),
    scores: rows.flatMap((row) =>
      row.score === null
        ? []
        : [
            {
              ...filing(row),
              score: { userId, username: row.username ?? userId, score: row.score, lastXpAt: row.last_xp_at },
            },
          ],
    ),
  };
}
