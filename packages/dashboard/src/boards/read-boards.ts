import { userId, type Board, type Instant, type ScheduledJob } from '@gamekeeper/core';
import type { DashboardHost } from '../dashboard-host.ts';

type Periods = Awaited<ReturnType<DashboardHost['leaderboards']['periods']>>;
type Top = Awaited<ReturnType<DashboardHost['leaderboards']['top']>>;

/** A rank as a host returns it. */
export type ShownStanding = Top['standings'][number];

/** A board with its newest periods. */
export interface BoardReads {
  readonly board: Board;
  /** Newest first. */
  readonly periods: Periods;
  /** How long after its end a period waits for late awards. Milliseconds. */
  readonly graceMs: number;
  /** The job that seals its periods; `null`: its period never ends, or the job is not in this host. */
  readonly reset: ScheduledJob | null;
}

/** Reads the newest periods of all boards. */
export async function readBoards(host: DashboardHost, limit: number): Promise<readonly BoardReads[]> {
  return Promise.all(host.leaderboards.boards.map((board) => readBoard(host, board, { limit })));
}

/** Reads periods of a board, newest first. */
export async function readBoard(
  { jobs, leaderboards }: DashboardHost,
  board: Board,
  page: { readonly limit: number; readonly before?: string },
): Promise<BoardReads> {
  const reset = jobs.find(({ job }) => job.name === `leaderboard-reset-${board.key}`) ?? null;
  return {
    board,
    reset,
    graceMs: reset?.job.delayMs ?? 0,
    periods: await leaderboards.periods(board.key, page),
  };
}

/** Which players of which period are shown. */
export interface StandingsChoice {
  readonly board: Board;
  /** `null`: the current one. */
  readonly period: string | null;
  readonly cursor: string | null;
  readonly user: string | null;
}

/** A page of standings. */
export interface StandingsReads {
  readonly now: Instant;
  readonly standings: readonly ShownStanding[];
  /** `null`: there are no more, or a player was searched for. */
  readonly cursor: string | null;
}

/** Players on one page of a board. */
const PLAYERS_ON_A_PAGE = 50;

/** Reads a page of standings, or the neighbours of a player. */
export async function readStandings(
  { leaderboards }: DashboardHost,
  { board, period, cursor, user }: StandingsChoice,
  now: Instant,
): Promise<StandingsReads> {
  const of = period === null ? {} : { period };
  if (user !== null) {
    const around = await leaderboards.around(board.key, userId(user), { ...of, before: 10, after: 10 });
    return { now, standings: around, cursor: null };
  }
  const at = cursor === null ? of : { cursor };
  const page = await leaderboards.top(board.key, { ...at, limit: PLAYERS_ON_A_PAGE });
  return { now, standings: page.standings, cursor: page.cursor };
}
