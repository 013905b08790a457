import type { DomainEvent, Streak, XpAward } from '@gamekeeper/core';
import type { AwardOutcome, BoardPeriod, QuizSession, RecordedEntry } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { statement, type Placeholders, type Statement, type StatementPart } from '../database/statement.ts';
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
import { selectedSessions } from '../mapping/sessions-table.ts';
import { insertedLog, logParameters, type LogParameters } from '../players/append-log.ts';
import { judgedDays } from '../streaks/judged-days.ts';
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
      ${storedSession(tables, p)} for update
    ),
    progress as materialized (${storedStreak(tables)} for update),
    ${heldPeriods(tables, p, sql`exists (select from progress)`)}
    select (select ${sessionJson} from session) as session, (select ${streakJson} from progress) as streak,
      ${areCurrent(p)} as "areCurrent"
  `,
);

/** The condition for the session. */
export function isSession(
  { columns }: Tables,
  p: Placeholders<{ readonly sessionId: string }>,
): RawBuilder<unknown> {
  const { id } = columns.sessions;
  return sql`${id} = ${id.write(p.sessionId)}`;
}

/** The session, for {@link sessionJson}. */
export function storedSession(
  tables: Tables,
  p: Placeholders<{ readonly sessionId: string }>,
): RawBuilder<unknown> {
  return sql`${selectedSessions(tables.sessions, tables.columns.sessions)} where ${isSession(tables, p)}`;
}

function endedSession(tables: Tables, p: Placeholders<CompletionParameters>): RawBuilder<unknown> {
  const { status, statuses, completedAt, touch } = tables.columns.sessions;
  return sql`
    update ${tables.sessions} as session
    set ${status} = ${statuses.completed},
      ${completedAt} = ${completedAt.write(sql`${p.completedAt}::timestamptz(3)`)} ${touch}
    where ${isSession(tables, p)}
  `;
}

/** The streak of the player of the CTE `session`, for {@link streakJson}. */
export function storedStreak({ progress, columns }: Tables): RawBuilder<unknown> {
  const { id, currentStreak, longestStreak, lastQuizAt, protections, readEvaluatedOn } = columns.progress;
  return sql`
    select ${id.read} as user_id, ${currentStreak} as current_streak, ${longestStreak} as longest_streak,
      ${lastQuizAt.read} as last_quiz_at, ${protections} as streak_protections, ${readEvaluatedOn} as streak_evaluated_on
    from ${progress} where ${id} = ${id.write(sql`(select user_id from session)`)}
  `;
}

/**
 * Locks the streak of a session's player, if the day that was judged last is in the side table: {@link loadCompletion}
 * then begins after the wait for the lock, and sees the day that another transaction has written. Primary keys.
 */
export const lockStreak = statement<{ readonly sessionId: string }, object>('lock_streak', (tables, p) => {
  const { id } = tables.columns.progress;
  return sql`
    select from ${tables.progress}
    where ${id} = ${id.write(sql`(select ${tables.columns.sessions.userId.read} from ${tables.sessions} where ${isSession(tables, p)})`)} for update
  `;
});

export interface CompletionParameters
  extends AwardParameters, FilingParameters, EventParameters, LogParameters {
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
  readonly log: readonly RecordedEntry[];
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
  log,
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
    ...logParameters(log),
  };
}

/**
 * Writes session, streak, events, log and award, as `recordAward`. Primary keys; session and streak are locked by this
 * transaction already.
 */
export async function saveCompletion(
  db: Sql,
  tables: Tables,
  { areCurrent: isCertain, ...rows }: CompletedRows,
): Promise<AwardOutcome> {
  const { award, filings } = rows;
  const values = completionParameters(rows);
  const hasEvents = rows.events.length > 0;
  // Without boards, certain rows would not say whether the award was counted.
  if (isCertain && filings.length > 0) {
    const save = hasEvents ? saveTold : saveUntold;
    return certainOutcome(await save(db, tables, values), award, filings);
  }
  const save = hasEvents ? saveOldTold : saveOldUntold;
  return outcomeOf(await save(db, tables, values), award, filings);
}

function judgedDay(
  p: Placeholders<CompletionParameters>,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`select ${p.userId}::text, ${p.evaluatedOn}::date where ${condition}`;
}

function countedQuiz(
  { columns, progress }: Tables,
  p: Placeholders<CompletionParameters>,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const { id, username, xp, currentStreak, longestStreak, lastQuizAt, protections, ...other } =
    columns.progress;
  const { evaluatedOn, xpUpdatedAt, touch } = other;
  const earnedAt = xpUpdatedAt && xpUpdatedAt.write(sql`${p.lastXpAt}::timestamptz(3)`);
  return sql`
    update ${progress} as player
    set ${currentStreak} = ${p.currentStreak}::int, ${longestStreak} = ${p.longestStreak}::int,
      ${lastQuizAt} = ${lastQuizAt.write(sql`${p.lastQuizAt}::timestamptz(3)`)},
      ${protections} = ${p.streakProtections}::int,
      ${evaluatedOn ? sql`${evaluatedOn} = ${p.evaluatedOn}::date,` : sql``}
      ${
        xpUpdatedAt
          ? sql`${xpUpdatedAt} = case when exists (select from award)
              then greatest(player.${xpUpdatedAt}, ${earnedAt}) else player.${xpUpdatedAt} end,`
          : sql``
      }
      ${xp} = player.${xp} + coalesce((select amount from award), 0) ${touch}
    where ${id} = ${id.write(p.userId)} and ${condition} returning ${username} as username
  `;
}

/**
 * Returns the statement of a completion. With a `condition`, it writes only if that holds; `locks` are the CTEs before it.
 */
export function savingCompletion<Row, Parameters extends CompletionParameters = CompletionParameters>(
  name: string,
  hasEvents: boolean,
  end: StatementPart<Parameters>,
  {
    locks,
    condition = sql`true`,
  }: { readonly locks?: StatementPart<Parameters>; readonly condition?: RawBuilder<unknown> } = {},
): Statement<Parameters, Row> {
  return statement(
    name,
    (tables, p) => sql`
      with ${locks?.(tables, p) ?? sql``}
      ended as (
        ${endedSession(tables, p)} and ${condition}
      ),
      ${hasEvents ? sql`told as (${insertedEvents(tables, p, condition)}),` : sql``}
      ${hasEvents && tables.keepsPlayerLog ? sql`logged as (${insertedLog(tables, p, condition)}),` : sql``}
      award as (${newAward(tables, p, condition)}),
      player as (
        ${countedQuiz(tables, p, condition)}
      ),
      ${tables.columns.progress.evaluatedOn ? sql`` : sql`judged as (${judgedDays(tables, judgedDay(p, condition))}),`}
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
