import { iso } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { sweepContest, type Tables } from '../lib/sweep-contest.ts';
import { expectEqual, idOf, midnight } from '../lib/with-store.ts';

const asOf = `timestamptz '${iso(midnight)}'`;
const abandoned = `status = 'active' and expires_at <= ${asOf}`;

/** Session cleanup with nothing but abandoned quizzes. */
export function sessions(options: BenchOptions): Promise<void> {
  return sweepContest(
    {
      title: 'Session cleanup',
      job: 'session-cleanup',
      table: 'quiz_sessions',
      natural: 'natural_quiz_sessions',
      goal: 0.6,
      id: 'id',
      due: abandoned,
      statement: expire,
      createCrowd,
      fill,
      check,
    },
    options,
  );
}

async function createCrowd(store: BenchStore, rows: number, ids: BenchOptions['ids']): Promise<void> {
  await store.query(`
    create table {crowd} as
    select n as position, ${idOf('n', ids, 'session-')} as id, ${idOf('n', ids)} as user_id,
      ${asOf} - abs(hashint4(n)::bigint) % 3600000 * interval '1 millisecond' as expires_at
    from generate_series(1, ${rows}) as n
  `);
  await store.query('vacuum analyze {crowd}');
}

async function fill(store: BenchStore, table: string): Promise<void> {
  await store.query(`
    insert into {${table}} (id, user_id, status, started_at, expires_at)
    select id, user_id, 'active', expires_at - interval '10 minutes', expires_at from {crowd} order by position
  `);
}

/** The rule and its events in one statement. */
function expire(which: string): string {
  return `
    with expired as (
      update {natural_quiz_sessions} set status = 'expired', completed_at = ${asOf} where ${which} returning id, user_id
    )
    insert into {natural_outbox} (event_key, type, payload, occurred_at, written_at)
    select 'QuizAbandoned:' || id, 'QuizAbandoned', jsonb_build_object('userId', user_id, 'sessionId', id), ${asOf}, now()
    from expired on conflict (event_key) do nothing
  `;
}

async function check(store: BenchStore, rows: number, on: Tables): Promise<void> {
  const [found] = await store.query<object>(`
    select (count(*) filter (where status = 'expired' and completed_at = ${asOf}))::int as expired,
      (select count(*)::int from {${on.events}} where type = 'QuizAbandoned') as told
    from {${on.table}}
  `);
  expectEqual(found, { expired: rows, told: rows });
}
