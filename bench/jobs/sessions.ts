import { iso } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { contest } from '../lib/contest.ts';
import { expectEqual, idOf, midnight, runJob, withStore } from '../lib/with-store.ts';

const SAMPLE = 2_000;
const asOf = `timestamptz '${iso(midnight)}'`;
const abandoned = `status = 'active' and expires_at <= ${asOf}`;

/** Session cleanup with nothing but abandoned quizzes. */
export async function sessions(options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  await withStore(options, async (store) => {
    await createCrowd(store, rows, options.ids);
    await contest(
      {
        title: 'Session cleanup',
        rows,
        goal: 1.5,
        restore: () => restore(store),
        job: () => runJob(store, 'session-cleanup'),
        handWritten: async () => void (await store.query(expire(abandoned))),
        rowByRow: () => rowByRow(store),
        check: () => check(store, rows),
      },
      options.pairs,
    );
  });
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

async function restore(store: BenchStore): Promise<void> {
  await store.query('truncate {quiz_sessions}, {outbox}, {job_runs} restart identity');
  await store.query(`
    insert into {quiz_sessions} (id, user_id, status, started_at, expires_at)
    select id, user_id, 'active', expires_at - interval '10 minutes', expires_at from {crowd} order by position
  `);
  await store.query('vacuum analyze {quiz_sessions}');
  await store.query('checkpoint');
}

/** The rule and its events in one statement. */
function expire(which: string): string {
  return `
    with expired as (
      update {quiz_sessions} set status = 'expired', completed_at = ${asOf} where ${which} returning id, user_id
    )
    insert into {outbox} (event_key, type, payload, occurred_at)
    select 'QuizAbandoned:' || id, 'QuizAbandoned', jsonb_build_object('userId', user_id, 'sessionId', id), ${asOf}
    from expired on conflict (event_key) do nothing
  `;
}

async function rowByRow(store: BenchStore): Promise<number> {
  const due = await store.query<{ id: string }>(
    `select id from {quiz_sessions} where ${abandoned} limit ${SAMPLE}`,
  );
  for (const { id } of due) await store.query(expire(`id = '${id}' and ${abandoned}`));
  return due.length;
}

async function check(store: BenchStore, rows: number): Promise<void> {
  const [found] = await store.query<object>(`
    select (count(*) filter (where status = 'expired' and completed_at = ${asOf}))::int as expired,
      (select count(*)::int from {outbox} where type = 'QuizAbandoned') as told
    from {quiz_sessions}
  `);
  expectEqual(found, { expired: rows, told: rows });
}
