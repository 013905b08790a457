import { streakBench } from '../jobs/streaks.ts';
import { midnight } from '../lib/with-store.ts';
import type { Work } from './measure-work.ts';

/** Everybody is in danger. */
export const streakWork: Work = {
  title: 'Streak update, everybody in danger',
  job: streakBench.job,
  tick: midnight,
  players: 'award',
  prepare: async (store, rows, ids) => {
    await streakBench.createCrowd(store, rows, ids);
    await streakBench.fill(store, streakBench.table);
    await store.query('vacuum analyze {player_progress}');
  },
  check: (store, rows) =>
    streakBench.check(store, rows, { table: streakBench.table, events: 'outbox_events' }),
};
