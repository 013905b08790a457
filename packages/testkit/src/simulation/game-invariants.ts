import type { Board, RankingRepository, UserId } from '@gamekeeper/core';
import type { GamePorts } from './game-players.ts';
import { archiveLines } from './game-state.ts';
import type { Invariant } from './scenario.ts';

type Ports = Pick<GamePorts, 'rankings' | 'streaks'>;

const limit = 1_000_000;

/** Law 8: a line of the archive that was seen once stays, and no other joins its period. */
export function sealedStandingsStay(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 8: sealed standings never change',
    watch: () => {
      const seen = new Map<string, readonly string[]>();
      return async ({ rankings }) => {
        const wrong: string[] = [];
        for (const [period, lines] of byPeriod(await archiveLines(rankings, boards))) {
          const before = seen.get(period);
          if (before && before.join('\n') !== lines.join('\n'))
            wrong.push(`the standings of ${period} changed`);
          seen.set(period, lines);
        }
        return wrong;
      };
    },
  };
}

function byPeriod(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const periods = new Map<string, string[]>();
  for (const line of lines) {
    const period = line.split(' ', 2).join(' ');
    const known = periods.get(period);
    if (known) known.push(line);
    else periods.set(period, [line]);
  }
  return periods;
}

/** Law 7: on every board, what all periods count for a player is all the XP that the player has. */
export function xpCountsOnce(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 7: an award is counted in exactly one period of each board',
    watch:
      () =>
      async ({ rankings, streaks }, when) => {
        // In the middle of a reset a period stands both on the board and in the archive.
        if (when === 'meanwhile') return [];
        const wrong: string[] = [];
        const players = await streaks.list({ limit });
        for (const board of boards) {
          const counted = await countAll(rankings, board);
          for (const { userId } of players) {
            const xp = await rankings.xpOf(userId);
            const onBoard = counted.get(userId) ?? 0;
            if (xp !== onBoard) wrong.push(`${board.key} counts ${onBoard} XP for ${userId}, who has ${xp}`);
          }
        }
        return wrong;
      },
  };
}

async function countAll(rankings: RankingRepository, board: Board): Promise<ReadonlyMap<UserId, number>> {
  const counted = new Map<UserId, number>();
  for (const period of await rankings.periods(board, { limit })) {
    const scores =
      period.players === null
        ? await rankings.scores({ board, period }, { limit })
        : await rankings.archived({ board, period: period.key }, { limit });
    for (const { userId, score } of scores) counted.set(userId, (counted.get(userId) ?? 0) + score);
  }
  return counted;
}
