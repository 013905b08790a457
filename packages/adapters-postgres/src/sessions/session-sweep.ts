import { type Instant } from '@gamekeeper/core';
import { QUIZ_ABANDONED_KEY_PREFIX } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { packedEvents } from '../events/packed-events.ts';

/** The rule of abandoned quizzes as SQL. Index: (expires_at) where status = 'active'. */
export function sessionSweep(tables: Tables, asOf: Instant): Sweep {
  const { id, userId, status, statuses, expiresAt, completedAt, touch } = tables.columns.sessions;
  const abandoned = sql`${status} = ${statuses.active} and ${expiresAt} <= ${expiresAt.write(timestamp(asOf))}`;
  return {
    table: tables.sessions,
    tableName: tables.sessionsName,
    outbox: tables.outbox,
    told: ['told'],
    id,
    isDue: abandoned,
    change: (which) => sql`
      changed as (
        update ${tables.sessions} as session
        set ${status} = ${statuses.expired}, ${completedAt} = ${completedAt.write(timestamp(asOf))} ${touch}
        where ${which} and ${abandoned}
        returning ${id.read} as id, ${userId.read} as user_id
      ),
      told as (${packedEvents(tables, {
        type: 'QuizAbandoned',
        occurredAt: asOf,
        keyPrefix: QUIZ_ABANDONED_KEY_PREFIX,
        rows: sql`changed`,
        user: 'user_id',
        item: { field: 'sessionId', column: 'id' },
        detail: { field: 'userId', column: 'user_id' },
      })})
    `,
  };
}
