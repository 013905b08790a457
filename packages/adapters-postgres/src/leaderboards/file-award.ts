import type { Instant, XpAward } from '@gamekeeper/core';
import type { AwardOutcome, BoardPeriod } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { instantText, millis, whole, type Tables } from '../database/sql.ts';
import type { Placeholders } from '../database/statement.ts';
import { tieKey } from './board-order.ts';
import type { PeriodParameters } from './expected-periods.ts';

/** The parameters of an award. */
export interface AwardParameters {
  readonly awardId: string;
  readonly userId: string;
  readonly amount: string;
  readonly earnedAt: string | null;
  readonly lastXpAt: string | null;
}

/** The parameters of the periods in which an award counts. */
export interface FilingParameters extends PeriodParameters {
  readonly tieKeys: readonly string[];
}

/** A row of {@link filedAward}: one for each board, or one with `position` null if there is no board. */
export interface FiledAward {
  readonly position: number | null;
  readonly counted: boolean;
  readonly username: string | null;
  readonly score: number | null;
  readonly lastXpAt: Instant | null;
}

export function awardParameters({ awardId, userId, amount, earnedAt }: XpAward): AwardParameters {
  return {
    awardId,
    userId,
    amount: String(amount),
    earnedAt: instantText(earnedAt),
    lastXpAt: instantText(lastXpOf({ amount, earnedAt })),
  };
}

/** An award of 0 XP changes no order, not even in a tie. */
function lastXpOf({ amount, earnedAt }: Pick<XpAward, 'amount' | 'earnedAt'>): Instant | null {
  return amount === 0 ? null : earnedAt;
}

/** The place of an award among those with the same score, on each board. */
export function tieKeysOf(award: XpAward, filings: readonly BoardPeriod[]): readonly string[] {
  const lastXpAt = lastXpOf(award);
  return filings.map(({ board }) => tieKey(lastXpAt, board.tieBreak));
}

/** The filings as a table. The limit is for the planner, which does not know how long an array is. */
export function filingTable(p: Placeholders<FilingParameters>): RawBuilder<unknown> {
  return sql`
    filing as (
      select board, period, nullif(starts_at, '')::timestamptz as starts_at, nullif(ends_at, '')::timestamptz as ends_at,
        tie_key, position
      from unnest(${p.boards}::text[], ${p.periods}::text[], ${p.startsAt}::text[], ${p.endsAt}::text[], ${p.tieKeys}::bigint[])
        with ordinality as filing (board, period, starts_at, ends_at, tie_key, position)
      limit ${p.boardCount}::bigint
    )
  `;
}

/** Stores an award if a condition holds; without a row if its id is known. Primary key. */
export function newAward(
  tables: Tables,
  p: Placeholders<AwardParameters>,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`
    insert into ${tables.awards} (award_id, user_id, amount, earned_at)
    select ${p.awardId}::text, ${p.userId}::text, ${p.amount}::bigint, ${p.earnedAt}::timestamptz(3) where ${condition}
    on conflict (award_id) do nothing
    returning amount
  `;
}

/** Adds an award to a player's XP; creates an unknown player, unless the host does. Primary key; locks the player's row. */
export function awardedPlayer(
  tables: Tables,
  p: Placeholders<AwardParameters & { readonly protections: number }>,
): RawBuilder<unknown> {
  const { id, username, xp, xpUpdatedAt, protections, ...writes } = tables.columns.progress;
  const { createsRows, touch, newColumns, newValues } = writes;
  const at = xpUpdatedAt && xpUpdatedAt.write(sql`${p.lastXpAt}::timestamptz(3)`);
  if (!createsRows)
    return sql`
      update ${tables.progress} as player set ${xp} = player.${xp} + award.amount
        ${xpUpdatedAt ? sql`, ${xpUpdatedAt} = greatest(player.${xpUpdatedAt}, ${at})` : sql``} ${touch}
      from award where player.${id} = ${id.write(p.userId)}
      returning player.${username} as username
    `;
  return sql`
    insert into ${tables.progress} as player
      (${id}, ${username}, ${xp}, ${xpUpdatedAt ? sql`${xpUpdatedAt},` : sql``} ${protections} ${newColumns})
    select ${id.write(sql`${p.userId}::text`)}, ${p.userId}::text, amount, ${at ? sql`${at},` : sql``}
      ${p.protections}::int ${newValues}
    from award
    on conflict (${id}) do update set ${xp} = player.${xp} + excluded.${xp}
      ${xpUpdatedAt ? sql`, ${xpUpdatedAt} = greatest(player.${xpUpdatedAt}, excluded.${xpUpdatedAt})` : sql``} ${touch}
    returning ${username} as username
  `;
}

/** The CTEs `award`, `player` (with the name) and `filing` must come before these. */
interface AwardEnd {
  /** What lies between them and the CTE that adds to the scores: `unsealed`, if not all filings are certain. */
  readonly unsealed?: RawBuilder<unknown>;
  /** Further columns of `filing` to return. */
  readonly columns?: RawBuilder<unknown>;
}

/**
 * Leaves out the filings whose period is sealed, and opens all-time periods. Primary key and index on periods. Other
 * periods must be opened and held open before, by a separate statement, so that this one sees what was sealed by then.
 */
export function unsealedFilings(tables: Tables): RawBuilder<unknown> {
  return sql`
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
  `;
}

/**
 * The end of a statement that counts an award: adds it to the scores of each filing. Primary key; locks the player's
 * rows.
 */
export function filedAward(
  tables: Tables,
  p: Placeholders<AwardParameters>,
  { unsealed, columns = sql`` }: AwardEnd = {},
): RawBuilder<unknown> {
  return sql`
    ${unsealed ?? sql``}
    filed as (${addedScores(tables, p, unsealed ? sql`unsealed` : sql`filing`)}),
    outcome as (
      select exists (select from award) as counted, (select username from player) as username
    )
    select position::int, counted, outcome.username, ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt"
      ${columns}
    from outcome left join (filing left join filed using (board, period)) on true order by position
  `;
}

function addedScores(
  tables: Tables,
  p: Placeholders<AwardParameters>,
  filings: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    insert into ${tables.rankings} as ranking (board, period, user_id, username, score, last_xp_at, tie_key)
    select board, period, ${p.userId}::text, player.username, amount, ${p.lastXpAt}::timestamptz(3), tie_key
    from ${filings}, award, player
    on conflict (board, period, user_id) do update
    set score = ranking.score + excluded.score, username = excluded.username,
      last_xp_at = greatest(ranking.last_xp_at, excluded.last_xp_at),
      tie_key = case when ranking.last_xp_at >= excluded.last_xp_at or excluded.last_xp_at is null
        then ranking.tie_key else excluded.tie_key end
    returning board, period, username, score, last_xp_at
  `;
}

/** A row of {@link certainAward}: one for each board, and none if the award's id is known. */
export interface CertainAward {
  readonly board: string;
  readonly username: string;
  readonly score: number;
  readonly lastXpAt: Instant | null;
}

/**
 * {@link filedAward} without what is needed if a filing may be late. The CTEs `award` and `player` come before it.
 *
 * @param end further columns, and what they are read from, instead of `filed`
 */
export function certainAward(
  tables: Tables,
  p: Placeholders<AwardParameters & FilingParameters>,
  end: { readonly columns: RawBuilder<unknown>; readonly from: RawBuilder<unknown> } = {
    columns: sql``,
    from: sql`filed`,
  },
): RawBuilder<unknown> {
  const filings = sql`(
    select * from unnest(${p.boards}::text[], ${p.periods}::text[], ${p.tieKeys}::bigint[]) as given (board, period, tie_key)
    limit ${p.boardCount}::bigint
  ) as filing`;
  return sql`
    filed as (${addedScores(tables, p, filings)})
    select board, username, ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt" ${end.columns}
    from ${end.from}
  `;
}

/** Returns the outcome of an award from the rows of {@link certainAward}. */
export function certainOutcome(
  rows: readonly CertainAward[],
  { userId }: Pick<XpAward, 'userId'>,
  filings: readonly BoardPeriod[],
): AwardOutcome {
  const scores = filings.flatMap((filing) => {
    const row = rows.find(({ board }) => board === filing.board.key);
    if (!row) return [];
    const { username, score, lastXpAt } = row;
    return [{ ...filing, score: { userId, username, score, lastXpAt } }];
  });
  return { counted: rows.length > 0, scores, late: [] };
}

/** Returns the outcome of an award from the rows of {@link filedAward}. */
export function outcomeOf(
  rows: readonly FiledAward[],
  { userId }: Pick<XpAward, 'userId'>,
  filings: readonly BoardPeriod[],
): AwardOutcome {
  if (!rows.some(({ counted }) => counted)) return { counted: false, scores: [], late: [] };
  const late: BoardPeriod[] = [];
  const scores: AwardOutcome['scores'][number][] = [];
  for (const { position, username, score, lastXpAt } of rows) {
    const filing = position === null ? undefined : filings[position - 1];
    if (!filing) continue;
    if (score === null) late.push(filing);
    else scores.push({ ...filing, score: { userId, username: username ?? userId, score, lastXpAt } });
  }
  return { counted: true, scores, late };
}
