import type { BenchStore } from '../lib/bench-store.ts';
import { check, createCrowd, ours, tick, type Crowd } from '../lives/crowd.ts';
import type { Work } from './measure-work.ts';

const crowds = new WeakMap<BenchStore, Crowd>();

/** Everybody is due for a life. */
export const livesWork: Work = {
  title: 'Life regeneration, everybody due',
  job: 'life-regeneration',
  tick,
  players: 'spend',
  prepare: async (store, rows, ids) => {
    crowds.set(store, await createCrowd(store, rows, ids));
    await store.query(`
      insert into {lives} (user_id, current_lives, next_regen_at)
      select user_id, current_lives, next_regen_at from {crowd} order by position
    `);
    await store.query('vacuum analyze {lives}');
  },
  check: (store, _rows, { spent }) => check(store, crowds.get(store)!, { spent, tables: ours }),
};
