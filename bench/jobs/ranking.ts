import type { CustomJob } from '@gamekeeper/composition';
import { defineJob, addMs } from '@gamekeeper/core';
import { gameTokens } from '@gamekeeper/core/ports';
import { boundedPeriodAt, defineBoards } from '@gamekeeper/core/game';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { contest } from '../lib/contest.ts';
import { expectEqual, midnight, runJob, withStore } from '../lib/with-store.ts';
import { createBoard, restoreBoard, type FullBoard } from './board.ts';

const board = defineBoards().find(({ key }) => key === 'monthly')!;
const period = boundedPeriodAt(board, addMs(midnight, -1))!;

const onBoard = `board = '${board.key}' and period = '${period.key}'`;

/** The part of a reset that ranks, as a job of its own. */
const finalRanks: CustomJob = (resolve) =>
  defineJob({
    name: 'final-ranks',
    schedule: { cron: '0 0 1 * *' },
    missedTicks: 'none',
    targetBatchMs: 1_000,
    batch: ({ tx, limit, checkpoint }) =>
      resolve(gameTokens.periodResets).archive(tx, { board, period, after: checkpoint, limit }),
  });

/** Ranks everybody into a new generation of rows, beside a board that keeps a rank in each player's row. */
export async function ranking(options: BenchOptions): Promise<void> {
  const full: FullBoard = { board: board.key, period, rows: Math.max(...options.rows) };
  await withStore(
    options,
    async (store) => {
      await createBoard(store, full, options.ids);
      const ours = 'final ranks into the archive, by the engine';
      const theirs = 'one UPDATE of every rank in place';
      const ways = { restore: () => restore(store, full), handWritten: () => inPlace(store) };
      await contest(
        store,
        {
          ...ways,
          title: 'Ranking everybody',
          rows: full.rows,
          goal: 0.5,
          ours,
          theirs,
          job: () => runJob(store, 'final-ranks'),
          check: (who) => check(store, who === 'job' ? 'leaderboard_archive' : 'ranked', full.rows),
        },
        options.pairs,
      );
      await contest(
        store,
        {
          ...ways,
          title: 'Leaderboard recalculation, boards on PostgreSQL only (ranks are read along an index)',
          rows: full.rows,
          goal: 1.5,
          theirs,
          job: () => runJob(store, 'leaderboard-recalculation'),
          rowByRow: () => rowByRow(store),
          check: async (who) => {
            if (who === 'handWritten') await check(store, 'ranked', full.rows);
          },
        },
        options.pairs,
      );
    },
    [finalRanks],
  );
}

/** Beside our tables, one that keeps ranks in place, all of them out of date, with the two indexes it cannot do without. */
async function restore(store: BenchStore, full: FullBoard): Promise<void> {
  await restoreBoard(store, full);
  await store.query('drop table if exists {ranked}');
  await store.query(`
    create table {ranked} (
      board text collate "C" not null, period text collate "C" not null, user_id text collate "C" not null,
      score bigint not null, last_xp_at timestamptz(3), rank bigint not null,
      primary key (board, period, user_id)
    )
  `);
  await store.query(`
    insert into {ranked}
    select '${board.key}', '${period.key}', user_id, score, last_xp_at, position from {crowd} order by position
  `);
  await store.query('create index on {ranked} (board, period, rank)');
  await store.query('vacuum analyze {ranked}');
  await store.query('checkpoint');
}

async function inPlace(store: BenchStore): Promise<void> {
  await store.query(`
    update {ranked} as old set rank = new.rank
    from (
      select user_id, row_number() over (order by score desc, last_xp_at desc, user_id) as rank
      from {ranked} where ${onBoard}
    ) as new
    where ${onBoard} and old.user_id = new.user_id
  `);
}

/** Reads everybody in their order, then writes one rank and commits it, player after player. */
async function rowByRow(store: BenchStore): Promise<number> {
  const players = await store.query<{ user_id: string }>(
    `select user_id from {ranked} where ${onBoard} order by score desc, last_xp_at desc, user_id limit 2000`,
  );
  for (const [index, { user_id: id }] of players.entries())
    await store.query(`update {ranked} set rank = ${index + 1} where ${onBoard} and user_id = '${id}'`);
  return players.length;
}

async function check(store: BenchStore, ranks: string, rows: number): Promise<void> {
  const [found] = await store.query<object>(`
    select count(*)::int as right from {${ranks}} as ranked join {crowd} as crowd using (user_id)
    where ranked.rank = crowd.rank
  `);
  expectEqual(found, { right: rows });
}
