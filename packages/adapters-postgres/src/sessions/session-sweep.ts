import { type Instant } from '@gamekeeper/core';
import { QUIZ_ABANDONED_KEY_PREFIX } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { ownId } from '../mapping/column.ts';

/** The rule of abandoned quizzes as SQL. Index: (expires_at) where status = 'active'. */
export function sessionSweep(tables: Tables, asOf: Instant): Sweep {
  const abandoned = sql`status = 'active' and expires_at <= ${timestamp(asOf)}`;
  return {
    table: tables.sessions,
    tableName: tables.sessionsName,
    outbox: tables.outbox,
    id: ownId('id'),
    isDue: abandoned,
    change: (which, onKnownEvent) => sql`
      changed as (
        update ${tables.sessions} set status = 'expired', completed_at = ${timestamp(asOf)}
        where ${which} and ${abandoned}
        returning id, user_id
      ),
      told as (
        insert into ${tables.outbox} (event_key, type, payload, occurred_at, written_at)
        select ${QUIZ_ABANDONED_KEY_PREFIX}::text || id, 'QuizAbandoned',
          pg_catalog.jsonb_build_object('userId', user_id, 'sessionId', id), ${timestamp(asOf)}, (select ${tables.now})
        from changed order by id ${onKnownEvent}
      )
    `,
  };
}
