import { addMs, DAY_MS, HOUR_MS, iso } from '@gamekeeper/core';
import { expectEqual, idOf, midnight } from '../lib/with-store.ts';
import type { Work } from './measure-work.ts';

const tick = addMs(midnight, 3.5 * HOUR_MS);
const daysBefore = (days: number): string => `timestamptz '${iso(addMs(tick, -days * DAY_MS))}'`;

/** So many events of players' calls and so many entries of players' logs are too old: both are removed. */
export const retentionWork: Work = {
  title: 'Retention: so many events of calls, and as many entries of players’ logs',
  job: 'retention',
  tick,
  prepare: async (store, rows, ids) => {
    await store.query(`
      insert into {outbox} (event_key, type, payload, occurred_at, written_at, published_at)
      select 'QuizCompleted:' || n, 'QuizCompleted', jsonb_build_object('userId', ${idOf('n', ids)}, 'score', n % 100),
        written_at, written_at, written_at + interval '1 s'
      from generate_series(1, ${rows}) as n,
        lateral (select ${daysBefore(9)} + n * interval '1 millisecond' as written_at) as event
    `);
    await store.query(`
      insert into {player_log} (user_id, at, entry, kind, details, recorded_at)
      select ${idOf('n', ids)}, recorded_at, 'name:' || n, 'renamed', '{"before": "A", "username": "B"}', recorded_at
      from generate_series(1, ${rows}) as n,
        lateral (select ${daysBefore(92)} + n * interval '1 millisecond' as recorded_at) as entry
    `);
    await store.query('vacuum analyze {outbox}, {player_log}');
  },
  check: async (store) => {
    const [found] = await store.query<object>(
      'select (select count(*)::int from {outbox}) as events, (select count(*)::int from {player_log}) as entries',
    );
    expectEqual(found, { events: 0, entries: 0 });
  },
};
