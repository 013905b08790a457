import { iso, addMs, HOUR_MS } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { sweepContest, type SweepBench, type Tables } from '../lib/sweep-contest.ts';
import { expectEqual, idOf, midnight } from '../lib/with-store.ts';

const asOf = `timestamptz '${iso(midnight)}'`;
const inDanger = `current_streak > 0 and last_quiz_at < timestamptz '${iso(addMs(midnight, -48 * HOUR_MS))}'
  and (streak_evaluated_on is null or streak_evaluated_on < date '2026-12-01')`;

/** Streaks with everybody in danger: two of three players hold protections. */
export const streakBench: SweepBench = {
  title: 'Streak update',
  job: 'streak-update',
  table: 'player_progress',
  natural: 'natural_player_progress',
  goal: 0.6,
  id: 'user_id',
  due: inDanger,
  statement: judge,
  createCrowd,
  fill,
  check,
};

export function streaks(options: BenchOptions): Promise<void> {
  return sweepContest(streakBench, options);
}

async function createCrowd(store: BenchStore, rows: number, ids: BenchOptions['ids']): Promise<void> {
  await store.query(`
    create table {crowd} as
    select n as position, ${idOf('n', ids)} as user_id, 1 + n % 50 as streak, n % 3 as protections,
      ${asOf} - interval '49 hours' - abs(hashint4(n)::bigint) % 86400000 * interval '1 millisecond' as last_quiz_at
    from generate_series(1, ${rows}) as n
  `);
  await store.query('vacuum analyze {crowd}');
}

async function fill(store: BenchStore, table: string): Promise<void> {
  await store.query(`
    insert into {${table}}
      (user_id, username, current_streak, longest_streak, last_quiz_at, streak_protections)
    select user_id, 'Player ' || position, streak, streak, last_quiz_at, protections from {crowd} order by position
  `);
}

/** The rule and its events in one statement. */
function judge(which: string): string {
  return `
    with judged as (
      update {natural_player_progress}
      set streak_evaluated_on = date '2026-12-01', streak_protections = greatest(streak_protections - 1, 0),
        current_streak = case when streak_protections > 0 then current_streak else 0 end,
        lost_streak = case when streak_protections > 0 then lost_streak else current_streak end
      where ${which}
      returning user_id, current_streak > 0 as kept, lost_streak
    )
    insert into {natural_outbox} (event_key, type, payload, occurred_at, written_at)
    select case when kept then 'StreakProtected' else 'StreakBroken' end || ':2026-12-01:' || user_id,
      case when kept then 'StreakProtected' else 'StreakBroken' end,
      case when kept then jsonb_build_object('userId', user_id, 'day', '2026-11-30')
        else jsonb_build_object('userId', user_id, 'lostStreak', lost_streak) end, ${asOf}, now()
    from judged on conflict (event_key) do nothing
  `;
}

async function check(store: BenchStore, rows: number, on: Tables): Promise<void> {
  const broken = Math.floor(rows / 3);
  const [found] = await store.query<object>(`
    select (count(*) filter (where current_streak = 0))::int as lost,
      (count(*) filter (where streak_evaluated_on = '2026-12-01'))::int as judged,
      (select count(*)::int from {${on.events}} where type = 'StreakBroken') as broken,
      (select count(*)::int from {${on.events}} where type = 'StreakProtected') as protected
    from {${on.table}}
  `);
  expectEqual(found, { lost: broken, judged: rows, broken, protected: rows - broken });
}
