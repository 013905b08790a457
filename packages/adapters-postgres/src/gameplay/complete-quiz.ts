import type { DomainEvent, Streak, XpAward } from '@gamekeeper/core';
import type { AwardOutcome, BoardPeriod, QuizSession } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { statement, type Placeholders, type Statement } from '../database/statement.ts';
import { eventParameters, insertedEvents, type EventParameters } from '../events/insert-events.ts';
import {
  awardParameters,
  certainAward,
  certainOutcome,
  filedAward,
  filingTable,
  newAward,
  outcomeOf,
  tieKeysOf,
  unsealedFilings,
  type AwardParameters,
  type CertainAward,
  type FiledAward,
  type FilingParameters,
} from '../leaderboards/file-award.ts';
import { areCurrent, heldPeriods, type PeriodParameters } from '../leaderboards/expected-periods.ts';
import { sessionJson, streakJson } from './stored-rows.ts';

export interface LoadedCompletion {
  readonly session: QuizSession | null;
  readonly streak: Streak | null;
  /** Whether the expected periods are stored, held open, and not over. */
  readonly areCurrent: boolean;
}

/**
 * Locks the session, then the streak of its player, and holds the periods of the award open. Primary keys. A separate statement before {@link saveCompletion}, which sees what was sealed by then.
 */
export const loadCompletion = statement<
  PeriodParameters & { readonly schema: string; readonly sessionId: string },
  LoadedCompletion
>(
  'load_completion',
  (tables, p) => sql`
    with session as materialized (
      select * from ${tables.sessions} where id = ${p.sessionId} for update
    ),
    progress as materialized (
      select user_id, current_streak, longest_streak, last_quiz_at, streak_protections, streak_evaluated_on
      from ${tables.progress} where user_id = (select user_id from session) for update
    ),
    ${heldPeriods(tables, p, sql`exists (select from progress)`)}
    select (select ${sessionJson} from session) as session, (select ${streakJson} from progress) as streak,
      ${areCurrent(p)} as "areCurrent"
  `,
);

export interface CompletionParameters extends AwardParameters, FilingParameters, EventParameters {
  readonly sessionId: string;
  readonly completedAt: string | null;
  readonly currentStreak: number;
  readonly longestStreak: number;
  readonly lastQuizAt: string | null;
  readonly streakProtections: number;
  readonly evaluatedOn: string | null;
}

/** What a completion writes. */
export interface CompletedRows {
  readonly session: QuizSession;
  readonly streak: Streak;
  readonly events: readonly DomainEvent[];
  readonly award: XpAward;
  readonly filings: readonly BoardPeriod[];
  /** The parameters of the filings. */
  readonly parameters: PeriodParameters;
  /** Whether all filings are stored, and none can be sealed. */
  readonly areCurrent: boolean;
}

export function completionParameters({
  session,
  streak,
  events,
  award,
  filings,
  parameters,
}: Omit<CompletedRows, 'areCurrent'>): CompletionParameters {
  return {
    sessionId: session.id,
    completedAt: instantText(session.completedAt),
    currentStreak: streak.currentStreak,
    longestStreak: streak.longestStreak,
    lastQuizAt: instantText(streak.lastQuizAt),
    streakProtections: streak.protections,
    evaluatedOn: streak.evaluatedOn,
    ...awardParameters(award),
    ...parameters,
    tieKeys: tieKeysOf(award, filings),
    ...eventParameters(events),
  };
}

/**
 * Writes session, streak, events and award, as `recordAward`. Primary keys; session and streak are locked by this
 * transaction already.
 */
export async function saveCompletion(
  db: Sql,
  tables: Tables,
  { session, streak, events, award, filings, parameters, areCurrent: isCertain }: CompletedRows,
): Promise<AwardOutcome> {
  const values = completionParameters({ session, streak, events, award, filings, parameters });
  const hasEvents = events.length > 0;
  // Without boards, certain rows would not say whether the award was counted.
  if (isCertain && filings.length > 0) {
    const save = hasEvents ? saveTold : saveUntold;
    return certainOutcome(await save(db, tables, values), award, filings);
  }
  const save = hasEvents ? saveOldTold : saveOldUntold;
  return outcomeOf(await save(db, tables, values), award, filings);
}

/** A part of a statement. */
export type Part<Parameters extends object> = (
  tables: Tables,
  p: Placeholders<Parameters>,
) => RawBuilder<unknown>;

/**
 * Returns the statement of a completion. With a `condition`, it writes only if that holds; `locks` are the CTEs before it.
 */
export function savingCompletion<Row, Parameters extends CompletionParameters = CompletionParameters>(
  name: string,
  hasEvents: boolean,
  end: Part<Parameters>,
  {
    locks,
    condition = sql`true`,
  }: { readonly locks?: Part<Parameters>; readonly condition?: RawBuilder<unknown> } = {},
): Statement<Parameters, Row> {
  return statement(
    name,
    (tables, p) => sql`
      with ${locks?.(tables, p) ?? sql``}
      ended as (
        update ${tables.sessions} set status = 'completed', completed_at = ${p.completedAt}::timestamptz(3)
        where id = ${p.sessionId} and ${condition}
      ),
      ${hasEvents ? sql`told as (${insertedEvents(tables, p, condition)}),` : sql``}
      award as (${newAward(tables, p, condition)}),
      player as (
        update ${tables.progress} as player
        set current_streak = ${p.currentStreak}::int, longest_streak = ${p.longestStreak}::int,
          last_quiz_at = ${p.lastQuizAt}::timestamptz(3), streak_protections = ${p.streakProtections}::int,
          streak_evaluated_on = ${p.evaluatedOn}::date,
          xp = player.xp + coalesce((select amount from award), 0),
          xp_updated_at = case when exists (select from award)
            then greatest(player.xp_updated_at, ${p.lastXpAt}::timestamptz(3)) else player.xp_updated_at end
        where user_id = ${p.userId} and ${condition} returning username
      ),
      ${end(tables, p)}
    `,
  );
}

const uncertain: typeof certainAward = (tables, p) => sql`
  ${filingTable(p)},
  ${filedAward(tables, p, { unsealed: unsealedFilings(tables) })}
`;

// One text for each case: a part that has nothing to do costs as much as a write to a small table.
const saveUntold = savingCompletion<CertainAward>('save_completion', false, certainAward);
const saveTold = savingCompletion<CertainAward>('save_completion_told', true, certainAward);
const saveOldUntold = savingCompletion<FiledAward>('save_old_completion', false, uncertain);
const saveOldTold = savingCompletion<FiledAward>('save_old_completion_told', true, uncertain);
