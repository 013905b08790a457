import { createBoard, restoreBoard } from '../jobs/board.ts';
import { weeklyReset } from '../jobs/resets.ts';
import { expectEqual } from '../lib/with-store.ts';
import { withoutIndex } from './without-index.ts';
import type { Work } from './measure-work.ts';

const reset = weeklyReset();

/** Everybody has a score on the weekly board. */
export const resetWork: Work = {
  title: 'Reset of the weekly board, everybody on it',
  job: 'leaderboard-reset-weekly',
  tick: reset.tick,
  players: 'award',
  prepare: async (store, rows, ids) => {
    const full = { ...reset, rows };
    await createBoard(store, full, ids);
    await withoutIndex(store, 'rankings_order', () => restoreBoard(store, full));
    await store.query('vacuum analyze {rankings}');
  },
  check: async (store, rows) => {
    const [found] = await store.query<object>(`
      select
        (select count(*)::int from {leaderboard_archive} as archived join {crowd} as crowd using (user_id)
          where archived.rank = crowd.rank and archived.score = crowd.score) as archived,
        (select count(*)::int from {rankings} where board = '${reset.board}' and period = '${reset.next.key}') as carried,
        (select count(*)::int from {rankings} where board = '${reset.board}' and period = '${reset.period.key}') as left
    `);
    expectEqual(found, { archived: rows, carried: rows, left: 0 });
  },
};
