import { sql, type RawBuilder } from 'kysely';
import { hostId, instantColumn, ownId, plainColumn, type Column, type IdColumn } from './column.ts';
import { hostWrites, ownWrites, type TableWrites } from './host-table.ts';
import type { ProgressMapping } from './table-mappings.ts';

/** The columns of the table of names, XP and streaks. Statements that update it give it the alias `player`. */
export interface ProgressColumns extends TableWrites {
  readonly id: IdColumn;
  readonly username: Column;
  readonly xp: Column;
  readonly currentStreak: Column;
  readonly longestStreak: Column;
  readonly lastQuizAt: Column;
  readonly protections: Column;
  /** `null` if the days are in the side table. */
  readonly evaluatedOn: RawBuilder<unknown> | null;
  /** The day that was judged last, from the column or the side table: for reads. */
  readonly readEvaluatedOn: RawBuilder<unknown>;
  readonly lostStreak: RawBuilder<unknown> | null;
  readonly xpUpdatedAt: Column | null;
}

const ownEvaluatedOn = plainColumn('streak_evaluated_on');

export const ownProgress: ProgressColumns = {
  ...ownWrites,
  id: ownId('user_id'),
  username: plainColumn('username'),
  xp: plainColumn('xp'),
  currentStreak: plainColumn('current_streak'),
  longestStreak: plainColumn('longest_streak'),
  lastQuizAt: plainColumn('last_quiz_at'),
  protections: plainColumn('streak_protections'),
  evaluatedOn: ownEvaluatedOn,
  readEvaluatedOn: ownEvaluatedOn,
  lostStreak: plainColumn('lost_streak'),
  xpUpdatedAt: plainColumn('xp_updated_at'),
};

/** @param side the table that keeps the judged day of each player */
export function hostProgress(mapping: ProgressMapping, side: RawBuilder<unknown>): ProgressColumns {
  const { id: idMapping, table, columns, instants = 'timestamptz' } = mapping;
  const id = hostId(idMapping, { option: 'userId', table });
  const optional = (name: string | undefined): Column | null =>
    name === undefined ? null : plainColumn(name);
  const evaluatedOn = optional(columns.evaluatedOn);
  return {
    ...hostWrites(mapping, 'player'),
    id,
    username: plainColumn(columns.username),
    xp: plainColumn(columns.xp),
    currentStreak: plainColumn(columns.currentStreak),
    longestStreak: plainColumn(columns.longestStreak),
    lastQuizAt: instantColumn(columns.lastQuizAt, instants),
    protections: plainColumn(columns.protections),
    evaluatedOn,
    readEvaluatedOn: evaluatedOn ?? judgedDay(side, id),
    lostStreak: optional(columns.lostStreak),
    xpUpdatedAt: columns.xpUpdatedAt === undefined ? null : instantColumn(columns.xpUpdatedAt, instants),
  };
}

/** Primary key of the side table. Its columns get names that the host's do not have. */
function judgedDay(side: RawBuilder<unknown>, id: IdColumn): RawBuilder<unknown> {
  return sql`(
    select gamekeeper_day from (
      select user_id as gamekeeper_user_id, evaluated_on as gamekeeper_day from ${side}
    ) as judged where gamekeeper_user_id = ${id.read}
  )`;
}
