import { instant, addMs, type Instant } from '@gamekeeper/core';
import { type BoundedPeriod } from '@gamekeeper/core/ports';
import { boundedPeriodAt, defineBoards, resetJobName } from '@gamekeeper/core/game';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { contest } from '../lib/contest.ts';
import { expectEqual, midnight, runJob, withStore } from '../lib/with-store.ts';
import { at, createBoard, natural, ours, restoreBoard, type BoardTables, type FullBoard } from './board.ts';

const SAMPLE = 2_000;

const tables = { job: ours, handWritten: natural };

export interface Reset extends FullBoard {
  readonly tick: Instant;
  readonly next: BoundedPeriod;
}

/** Resets of boards on which everybody has a score: sealed, archived, carried over and cleared. */
export async function resets(options: BenchOptions): Promise<void> {
  const rows = Math.max(...options.rows);
  for (const reset of [weeklyReset(), resetOf('monthly', midnight)]) {
    await withStore(options, (store) => measure(store, { ...reset, rows }, options));
  }
}

export function weeklyReset(): Omit<Reset, 'rows'> {
  return resetOf('weekly', instant('2026-11-30T00:00:00Z'));
}

function resetOf(key: string, tick: Instant): Omit<Reset, 'rows'> {
  const board = defineBoards().find((one) => one.key === key)!;
  const [period, next] = [boundedPeriodAt(board, addMs(tick, -1))!, boundedPeriodAt(board, tick)!];
  return { board: key, tick, period, next };
}

async function measure(store: BenchStore, reset: Reset, { ids, pairs }: BenchOptions): Promise<void> {
  const name = resetJobName(defineBoards().find(({ key }) => key === reset.board)!);
  await createBoard(store, reset, ids);
  await contest(
    store,
    {
      title: `Reset of a board (${name})`,
      plot: `Reset of the ${reset.board} board`,
      rows: reset.rows,
      goal: 0.5,
      theirs: 'one statement: archive, carry over, clear',
      restore: (who) => restoreBoard(store, reset, tables[who]),
      job: () => runJob(store, name, reset.tick),
      handWritten: async () => void (await store.query(oneStatement(reset))),
      rowByRow: () => rowByRow(store, reset),
      check: (who) => check(store, reset, tables[who]),
    },
    pairs,
  );
}

const resetKey = ({ board, period }: FullBoard): string => `LeaderboardReset:${board}:${period.key}`;

function oneStatement(reset: Reset): string {
  const { board, period, next, tick, rows } = reset;
  return `
    with sealed as (
      update {leaderboard_periods} set sealed_at = ${at(tick)}, players = ${rows}
      where board = '${board}' and period = '${period.key}' and sealed_at is null
    ),
    opened as (
      insert into {leaderboard_periods} (board, period, starts_at, ends_at)
      values ('${board}', '${next.key}', ${at(next.startsAt)}, ${at(next.endsAt)})
      on conflict (board, period) do nothing
    ),
    closed as (
      delete from {natural_rankings} where board = '${board}' and period = '${period.key}'
      returning user_id, username, score, last_xp_at, tie_key
    ),
    archived as (
      insert into {natural_archive} (board, period, user_id, rank, username, score, last_xp_at)
      select '${board}', '${period.key}', user_id, row_number() over (order by -score, tie_key, user_id),
        username, score, last_xp_at
      from closed where score > 0
    ),
    carried as (
      insert into {natural_rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select '${board}', '${next.key}', user_id, username, 0, null, 9223372036854775807 from closed
      on conflict (board, period, user_id) do nothing
    )
    insert into {natural_outbox} (event_key, type, payload, occurred_at)
    values ('${resetKey(reset)}', 'LeaderboardReset',
      jsonb_build_object('board', '${board}', 'period', '${period.key}', 'players', ${rows}), ${at(tick)})
  `;
}

/** Each player's standing archived, score restarted and old score removed, a commit for each. */
async function rowByRow(store: BenchStore, { board, period, next }: Reset): Promise<number> {
  const players = await store.query<{ user_id: string }>(`
    select user_id from {natural_rankings} where board = '${board}' and period = '${period.key}'
    order by (-score), tie_key, user_id limit ${SAMPLE}
  `);
  for (const [index, { user_id: id }] of players.entries()) {
    await store.query(`
      with closed as (
        delete from {natural_rankings} where board = '${board}' and period = '${period.key}' and user_id = '${id}'
        returning username, score, last_xp_at
      ),
      archived as (
        insert into {natural_archive} (board, period, user_id, rank, username, score, last_xp_at)
        select '${board}', '${period.key}', '${id}', ${index + 1}, username, score, last_xp_at from closed
      )
      insert into {natural_rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select '${board}', '${next.key}', '${id}', username, 0, null, 9223372036854775807 from closed
      on conflict (board, period, user_id) do nothing
    `);
  }
  return players.length;
}

async function check(store: BenchStore, reset: Reset, { rankings, archive }: BoardTables): Promise<void> {
  const outbox = rankings === 'rankings' ? 'outbox' : 'natural_outbox';
  const { board, period, next, rows } = reset;
  const [found] = await store.query<object>(`
    select
      (select count(*)::int from {${archive}} as archived join {crowd} as crowd using (user_id)
        where board = '${board}' and period = '${period.key}' and archived.rank = crowd.rank
          and archived.score = crowd.score and username = 'Player ' || position) as archived,
      (select count(*)::int from {${rankings}} where period = '${next.key}' and score = 0) as carried,
      (select count(*)::int from {${rankings}} where period <> '${next.key}') as left,
      (select players::int from {leaderboard_periods} where period = '${period.key}' and sealed_at is not null)
        as players,
      (select count(*)::int from {${outbox}} where event_key = '${resetKey(reset)}') as told
  `);
  expectEqual(found, { archived: rows, carried: rows, left: 0, players: rows, told: 1 });
}
