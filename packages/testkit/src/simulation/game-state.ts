import { iso, type Board, type Clock, type Instant } from '@gamekeeper/core';
import {
  type BoardPeriod,
  type FailedItems,
  type LeaderboardCache,
  type Period,
  type PeriodRepository,
} from '@gamekeeper/core/ports';
import { recalculate } from '@gamekeeper/core/game';
import type { GamePorts } from './game-players.ts';
import { logLines } from './logged-streaks.ts';
import type { StateLines } from './scenario.ts';
import type { SimulatedCache } from './simulated-cache.ts';

type Ports = Pick<
  GamePorts,
  | 'lives'
  | 'streaks'
  | 'sessions'
  | 'playerLog'
  | 'periods'
  | 'rankings'
  | 'archive'
  | 'leaderboardCache'
  | 'transactions'
>;

const limit = 1_000_000;

/** Returns the whole state of the game as lines. */
export async function gameState(
  store: Ports,
  { boards, clock }: { readonly boards: readonly Board[]; readonly clock: Clock },
): Promise<StateLines> {
  const [lives, streaks, sessions] = await Promise.all([
    store.lives.list({ limit }),
    store.streaks.list({ limit }),
    store.sessions.list({ limit }),
  ]);
  return {
    lives: lives.map(
      ({ userId, currentLives, lastRegenAt, nextRegenAt }) =>
        `${userId} ${currentLives} last ${time(lastRegenAt)} next ${time(nextRegenAt)}`,
    ),
    streaks: streaks.map(
      ({ userId, currentStreak, longestStreak, lastQuizAt, protections, evaluatedOn }) =>
        `${userId} ${currentStreak} longest ${longestStreak} last quiz ${time(lastQuizAt)} protections ${protections} judged ${evaluatedOn}`,
    ),
    log: await logLines(store),
    sessions: sessions.map(({ id, status, completedAt }) => `${id} ${status} ${time(completedAt)}`),
    periods: await periodLines(store.periods, boards),
    archive: await archiveLines(store, boards),
    boards: await boardLines(store, boards, clock.now()),
  };
}

/** Returns failed items as lines, without their errors, of which any may be the last. */
export async function failedLines(failedItems: FailedItems): Promise<readonly string[]> {
  const failed = await failedItems.list({ job: 'spoilt' }, { limit });
  return failed.map(({ job, tick, item }) => `${job} ${iso(tick)} ${item}`);
}

/** Returns the final standings of every sealed and archived period as lines. */
export async function archiveLines(
  { periods, archive }: Pick<Ports, 'periods' | 'archive'>,
  boards: readonly Board[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const board of boards) {
    for (const { key, players } of await periods.list(board, { limit })) {
      if (players === null) continue;
      const standings = await archive.list({ board, period: key }, { limit });
      for (const { rank, userId, score, lastXpAt } of standings)
        lines.push(`${board.key} ${key} ${rank} ${userId} ${score} ${time(lastXpAt)}`);
    }
  }
  return lines;
}

async function periodLines(periods: PeriodRepository, boards: readonly Board[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const board of boards) {
    for (const { key, sealedAt, players } of await periods.list(board, { limit }))
      lines.push(`${board.key} ${key} sealed ${time(sealedAt)} players ${players}`);
  }
  return lines;
}

/**
 * Returns the boards as lines: all scores that are not archived, and the current periods of the cache. Parts that the
 * cache cannot know are reconciled first.
 */
async function boardLines(store: Ports, boards: readonly Board[], now: Instant): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const board of boards) {
    for (const period of await store.periods.list(board, { limit })) {
      const at = { board, period };
      for (const { userId, score, lastXpAt } of await store.rankings.scores(at, { limit }))
        lines.push(`${board.key} ${period.key} ${userId} ${score} ${time(lastXpAt)}`);
      if (!isCurrent(period, now)) continue;
      if (mayDiffer(store.leaderboardCache, at))
        await store.transactions.run((tx) =>
          recalculate({ ...store, cache: store.leaderboardCache }, tx, at),
        );
      for (const { rank, userId, score } of await store.leaderboardCache.top(at, { limit }))
        lines.push(`${board.key} ${period.key} cached ${rank} ${userId} ${score}`);
    }
  }
  return lines;
}

/** Returns whether a period has begun and not ended. */
export function isCurrent({ startsAt, endsAt }: Period, now: Instant): boolean {
  return (startsAt ?? -Infinity) <= now && now < (endsAt ?? Infinity);
}

function mayDiffer(cache: LeaderboardCache, at: BoardPeriod): boolean {
  return 'mayDiffer' in cache && (cache as SimulatedCache).mayDiffer(at);
}

function time(at: Instant | null): string {
  return at === null ? 'never' : iso(at);
}
