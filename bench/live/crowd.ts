import type { BenchStore } from '../lib/bench-store.ts';
import { createNatural } from '../lib/natural-schema.ts';
import { idOf } from '../lib/with-store.ts';
import type { BenchOptions } from '../lib/arguments.ts';

/** What is copied into the tables of the statements written by hand. */
const copied: Readonly<Record<string, string>> = {
  lives: 'user_id, current_lives, last_regen_at, next_regen_at',
  player_progress:
    'user_id, username, xp, xp_updated_at, current_streak, longest_streak, last_quiz_at, streak_protections',
  quiz_sessions: 'id, user_id, status, started_at, expires_at, completed_at',
  xp_awards: 'award_id, user_id, amount, earned_at',
  rankings: 'board, period, user_id, username, score, last_xp_at, tie_key',
};

/** Players with lives, a streak of some days and a score on every board. A fifth has a life due that makes them full. */
export async function createPlayers(
  store: BenchStore,
  rows: number,
  ids: BenchOptions['ids'],
): Promise<readonly string[]> {
  const id = idOf('n', ids);
  const numbers = `generate_series(1, ${rows}) as n`;
  await store.query(`
    insert into {lives} (user_id, current_lives, last_regen_at, next_regen_at)
    select ${id}, 4, now() - interval '2 h',
      case when n % 5 = 0 then now() - interval '1 h' else now() + interval '1 day' end
    from ${numbers}
  `);
  await store.query(`
    insert into {player_progress} (user_id, username, xp, xp_updated_at, current_streak, longest_streak, last_quiz_at, streak_protections)
    select ${id}, 'Player ' || n, n, now() - interval '20 h', 3, 5, now() - interval '20 h', 2 from ${numbers}
  `);
  // What was played before: without rows, the planner would expect that tables stay empty.
  await store.query(`
    insert into {quiz_sessions} (id, user_id, status, started_at, expires_at, completed_at)
    select 'before-' || n, ${id}, case when n % 20 = 0 then 'active' else 'completed' end, now() - interval '21 h',
      now() + interval '1 day', case when n % 20 <> 0 then now() - interval '20 h' end
    from ${numbers}
  `);
  await store.query(`
    insert into {xp_awards} (award_id, user_id, amount, earned_at)
    select 'quiz:before-' || n, ${id}, n, now() - interval '20 h' from ${numbers}
  `);
  await store.query(`
    insert into {outbox} (event_key, type, payload, occurred_at, published_at)
    select 'StreakProtected:before:' || n, 'StreakProtected', jsonb_build_object('userId', ${id}), now() - interval '20 h',
      now() - interval '19 h'
    from ${numbers}
  `);
  const periods = await store.query<{ board: string; period: string }>(
    'select board, period from {leaderboard_periods}',
  );
  for (const { board, period } of periods) {
    await store.query(`
      insert into {rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select '${board}', '${period}', ${id}, 'Player ' || n, n, earned.at, -(extract(epoch from earned.at) * 1000)::bigint
      from ${numbers}, lateral (select date_trunc('milliseconds', now() - n * interval '1 millisecond') as at) as earned
      on conflict do nothing
    `);
  }
  await createNatural(store, ...Object.keys(copied).map((table) => `natural_${table}`));
  for (const [table, columns] of Object.entries(copied))
    await store.query(`insert into {natural_${table}} (${columns}) select ${columns} from {${table}}`);
  await store.query('vacuum analyze');
  const found = await store.query<{ id: string }>(`select ${id} as id from ${numbers} order by md5(n::text)`);
  return found.map((row) => row.id);
}
