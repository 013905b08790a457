import { sql, type RawBuilder } from 'kysely';
import { hostId, instantColumn, ownId, plainColumn, type Column, type IdColumn } from './column.ts';
import { hostWrites, ownWrites, type TableWrites } from './host-table.ts';
import type { SessionsMapping } from './table-mappings.ts';

/** The states of a session, in the order of its life. */
const STATUSES = ['active', 'completed', 'expired'] as const;

type Status = (typeof STATUSES)[number];

/** The columns of the table of quiz sessions. Statements that update it give it the alias `session`. */
export interface SessionsColumns extends TableWrites {
  readonly id: IdColumn;
  readonly userId: IdColumn;
  readonly status: RawBuilder<unknown>;
  /** The state as one of ours. */
  readonly readStatus: RawBuilder<unknown>;
  /** Our states as literals of the column, without a type: it may be an enumeration of the host's. */
  readonly statuses: Readonly<Record<Status, RawBuilder<unknown>>>;
  readonly startedAt: Column;
  readonly expiresAt: Column;
  readonly completedAt: Column;
}

const ownStatus = plainColumn('status');

export const ownSessions: SessionsColumns = {
  ...ownWrites,
  id: ownId('id'),
  userId: ownId('user_id'),
  status: ownStatus,
  readStatus: ownStatus,
  statuses: { active: sql.lit('active'), completed: sql.lit('completed'), expired: sql.lit('expired') },
  startedAt: plainColumn('started_at'),
  expiresAt: plainColumn('expires_at'),
  completedAt: plainColumn('completed_at'),
};

export function hostSessions(mapping: SessionsMapping): SessionsColumns {
  const { id, user, table, columns, statuses: labels = {}, instants = 'timestamptz' } = mapping;
  const label = (status: Status): string => labels[status] ?? status;
  const status = plainColumn(columns.status);
  const cases = sql.join(
    STATUSES.map((one) => sql`when ${sql.lit(label(one))} then ${sql.lit(one)}`),
    sql` `,
  );
  return {
    ...hostWrites(mapping, 'session'),
    id: hostId(id, { option: 'sessionId', table }),
    userId: hostId(user, { option: 'userId', table }),
    status,
    // A state that only the host knows is over for the game.
    readStatus: sql`(case ${status}::text ${cases} else 'completed' end)`,
    statuses: {
      active: sql.lit(label('active')),
      completed: sql.lit(label('completed')),
      expired: sql.lit(label('expired')),
    },
    startedAt: instantColumn(columns.startedAt, instants),
    expiresAt: instantColumn(columns.expiresAt, instants),
    completedAt: instantColumn(columns.completedAt, instants),
  };
}

/** Returns a select of sessions under the names of our own columns, up to its conditions. */
export function selectedSessions(table: RawBuilder<unknown>, columns: SessionsColumns): RawBuilder<unknown> {
  const { id, userId, readStatus, startedAt, expiresAt, completedAt } = columns;
  return sql`
    select ${id.read} as id, ${userId.read} as user_id, ${readStatus} as status, ${startedAt.read} as started_at,
      ${expiresAt.read} as expires_at, ${completedAt.read} as completed_at
    from ${table}
  `;
}
