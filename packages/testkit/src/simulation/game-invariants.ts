import { iso, type Board, type PeriodRecord, type Standing, type UserId } from '@gamekeeper/core';
import {
  type BoardPeriod,
  type RunLedger,
  type LeaderboardCache,
  type LeaderboardReader,
  type RankingRepository,
} from '@gamekeeper/core/ports';
import { FallbackLeaderboardCache, resetJobName } from '@gamekeeper/core/game';
import type { MemoryDatabase } from '../memory/transactions/memory-database.ts';
import type { AwardsWitness, WitnessedAward } from './awards-witness.ts';
import type { GamePorts } from './game-players.ts';
import { archiveLines, isCurrent } from './game-state.ts';
import type { Invariant } from './scenario.ts';
import type { SimulatedCache } from './simulated-cache.ts';

type Ports = Pick<
  GamePorts,
  'periods' | 'rankings' | 'periodResets' | 'archive' | 'leaderboardCache' | 'transactions'
> & {
  readonly witness: AwardsWitness;
  readonly ledger: RunLedger;
};

const limit = 1_000_000;

/** Law 8: an archived line never changes, and its period gains no further lines. */
export function sealedStandingsStay(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 8: sealed standings never change',
    watch: () => {
      const seen = new Map<string, readonly string[]>();
      return async (store) => {
        const wrong: string[] = [];
        for (const [period, lines] of byPeriod(await archiveLines(store, boards))) {
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

/**
 * Law 7: each period of a board counts exactly the awards that were earned in it and that the board accepted; no two
 * periods of a board overlap.
 */
export function awardsCountWhereEarned(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 7: an award is counted in exactly one period of each board',
    watch:
      () =>
      async ({ witness, ...store }, when) => {
        // In the middle of a reset, a period's scores are both on the board and in the archive.
        if (when === 'meanwhile') return [];
        const wrong: string[] = [];
        const awards = await witness.list();
        for (const board of boards) {
          const periods = await store.periods.list(board, { limit });
          wrong.push(...overlaps(board, periods));
          for (const period of periods) {
            const earned = awards.filter(
              (award) => award.boards.includes(board.key) && isCurrent(period, award.earnedAt),
            );
            wrong.push(...(await miscounted(store, { board, period }, earned)));
          }
        }
        return wrong;
      },
  };
}

function overlaps(board: Board, periods: readonly PeriodRecord[]): readonly string[] {
  const inOrder = periods.toSorted((a, b) => (a.startsAt ?? 0) - (b.startsAt ?? 0));
  return inOrder.flatMap((period, index) => {
    const next = inOrder[index + 1];
    const isApart = next === undefined || (period.endsAt ?? Infinity) <= (next.startsAt ?? 0);
    return isApart ? [] : [`${board.key} ${period.key} goes on while ${next.key} has begun`];
  });
}

async function miscounted(
  { rankings, archive }: Pick<Ports, 'rankings' | 'archive'>,
  { board, period }: { readonly board: Board; readonly period: PeriodRecord },
  earned: readonly WitnessedAward[],
): Promise<readonly string[]> {
  const should = new Map<UserId, number>();
  for (const { userId, amount } of earned) should.set(userId, (should.get(userId) ?? 0) + amount);
  const scores =
    period.players === null
      ? await rankings.scores({ board, period }, { limit })
      : await archive.list({ board, period: period.key }, { limit });
  const counted = new Map(scores.map(({ userId, score }) => [userId, score]));
  return [...new Set([...should.keys(), ...counted.keys()])].flatMap((userId) => {
    const [has, wants] = [counted.get(userId) ?? 0, should.get(userId) ?? 0];
    return has === wants
      ? []
      : [`${board.key} ${period.key} counts ${has} XP for ${userId}, who earned ${wants} in it`];
  });
}

/** Law 2: a reset leaves no period open that had ended by its tick. */
export function endedPeriodsAreClosed(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 2: a reset closes every period that has ended',
    watch:
      () =>
      async ({ periodResets, ledger }, when) => {
        if (when === 'meanwhile') return [];
        const wrong: string[] = [];
        for (const board of boards) {
          const runs = await ledger.runs(resetJobName(board), { limit });
          const last = runs.find(({ status }) => status === 'succeeded');
          if (!last) continue;
          const left = await periodResets.unfinished(board, last.tick);
          wrong.push(
            ...left.map(
              ({ key, endsAt }) =>
                `${board.key} ${key} ended at ${iso(endsAt)} and is open after ${iso(last.tick)}`,
            ),
          );
        }
        return wrong;
      },
  };
}

/** Law 6: readers see the scores of a board as they are or were in the store, never a part of them. */
export function boardsAreWhole(boards: readonly Board[]): Invariant<Ports> {
  return {
    name: 'law 6: no reader sees a board that is not whole',
    watch:
      () =>
      async ({ rankings, periods, leaderboardCache: cache, transactions }) => {
        const wrong: string[] = [];
        const reads = new FallbackLeaderboardCache(cache, truthOf(rankings));
        const now = (transactions as MemoryDatabase).clock.now();
        for (const board of boards) {
          const period = (await periods.list(board, { limit })).find((one) => isCurrent(one, now));
          // Older data is shown until the next recalculation: the cache cannot detect it.
          if (!period || isBehind(cache, { board, period })) continue;
          const size = await reads.size({ board, period });
          const players = await rankings.scores({ board, period }, { limit });
          if (size === 0 && players.length > 0)
            wrong.push(`${board.key} ${period.key} is shown without any of its ${players.length} players`);
        }
        return wrong;
      },
  };
}

function isBehind(cache: LeaderboardCache, at: BoardPeriod): boolean {
  return 'isBehind' in cache && (cache as SimulatedCache).isBehind(at);
}

function truthOf(rankings: RankingRepository): LeaderboardReader {
  const all = async (at: BoardPeriod): Promise<readonly Standing[]> =>
    (await rankings.scores(at, { limit })).map((score, index) => ({ ...score, rank: index + 1 }));
  return {
    top: async (at, page) => (await all(at)).slice(0, page.limit),
    standing: async (at, userId) => (await all(at)).find((one) => one.userId === userId) ?? null,
    around: async (at) => all(at),
    size: async (at) => (await all(at)).length,
  };
}
