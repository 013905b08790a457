import type { Streak } from '@gamekeeper/core';
import type { AwardOutcome } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { statement, type StatementPart } from '../database/statement.ts';
import { areCurrent, heldPeriods } from '../leaderboards/expected-periods.ts';
import { certainAward, certainOutcome, type CertainAward } from '../leaderboards/file-award.ts';
import {
  completionParameters,
  isSession,
  savingCompletion,
  storedSession,
  storedStreak,
  type CompletedRows,
  type CompletionParameters,
  type LoadedCompletion,
} from './complete-quiz.ts';
import { sessionJson, streakJson } from './stored-rows.ts';

/** What {@link readCompletion} found. */
type ReadCompletion = Pick<LoadedCompletion, 'session' | 'streak'>;

/** Reads a session and the streak of its player. Primary keys, no locks. */
export const readCompletion = statement<{ readonly sessionId: string }, ReadCompletion>(
  'read_completion',
  (tables, p) => sql`
    with session as materialized (${storedSession(tables, p)})
    select (select ${sessionJson} from session) as session,
      (select ${streakJson} from (${storedStreak(tables)}) as stored) as streak
  `,
);

interface UnchangedParameters extends CompletionParameters {
  readonly schema: string;
  readonly readStreak: number;
  readonly readLongestStreak: number;
  readonly readLastQuizAt: string | null;
  readonly readProtections: number;
  readonly readEvaluatedOn: string | null;
}

/** A completion that was decided on a session and a streak which were read without locks. */
export interface UnchangedRows extends Omit<CompletedRows, 'areCurrent'> {
  readonly schema: string;
  readonly read: Streak;
}

/**
 * Locks session and streak as {@link loadCompletion} and writes as {@link saveCompletion}, in one statement, if the
 * session is still active, the streak as it was read, and all periods are current; otherwise writes nothing and returns
 * `null`. Needs a board: without one, it would not say whether the award was counted.
 */
export async function saveUnchangedCompletion(
  db: Sql,
  tables: Tables,
  { read, schema, ...written }: UnchangedRows,
): Promise<AwardOutcome | null> {
  const save = written.events.length > 0 ? saveUnchangedTold : saveUnchangedUntold;
  const rows = await save(db, tables, {
    ...completionParameters(written),
    schema,
    readStreak: read.currentStreak,
    readLongestStreak: read.longestStreak,
    readLastQuizAt: instantText(read.lastQuizAt),
    readProtections: read.protections,
    readEvaluatedOn: read.evaluatedOn,
  });
  if (!rows[0]!.isReady) return null;
  const counted = rows.filter(({ board }) => board !== null);
  return certainOutcome(counted, written.award, written.filings);
}

const unchangedRows: StatementPart<UnchangedParameters> = (tables, p) => {
  const { userId, status, statuses } = tables.columns.sessions;
  const { id, currentStreak, longestStreak, lastQuizAt, protections, readEvaluatedOn } =
    tables.columns.progress;
  return sql`
  session as materialized (
    select ${userId.read} as user_id from ${tables.sessions}
    where ${isSession(tables, p)} and ${status} = ${statuses.active} for update
  ),
  progress as materialized (
    select 1 from ${tables.progress}
    where ${id} = ${id.write(sql`(select user_id from session)`)} and ${currentStreak} = ${p.readStreak}::int
      and ${longestStreak} = ${p.readLongestStreak}::int and ${protections} = ${p.readProtections}::int
      and ${lastQuizAt.read} is not distinct from ${p.readLastQuizAt}::timestamptz(3)
      and ${readEvaluatedOn} is not distinct from ${p.readEvaluatedOn}::date
    for update
  ),
  ${heldPeriods(tables, p, sql`exists (select from progress)`)},
  ready as materialized (select where exists (select from progress) and ${areCurrent(p)}),
`;
};

const unchangedEnd: StatementPart<UnchangedParameters> = (tables, p) => sql`
  ${certainAward(tables, p, {
    columns: sql`, exists (select from ready) as "isReady"`,
    from: sql`(select) as one left join filed on true`,
  })}
`;

const isReady = { locks: unchangedRows, condition: sql`exists (select from ready)` };
type UnchangedAward = CertainAward & { readonly isReady: boolean };
const saveUnchangedUntold = savingCompletion<UnchangedAward, UnchangedParameters>(
  'save_unchanged_completion',
  false,
  unchangedEnd,
  isReady,
);
const saveUnchangedTold = savingCompletion<UnchangedAward, UnchangedParameters>(
  'save_unchanged_completion_told',
  true,
  unchangedEnd,
  isReady,
);
