import { defineJob, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { MINUTE_MS } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { Drift, LeaderboardCache } from './leaderboard-cache.ts';
import type { PeriodRepository } from './period-repository.ts';
import type { RankingRepository } from './ranking-repository.ts';
import type { BoardPeriod } from './board-period.ts';

/** The name of the recalculation job. */
export const RECALCULATION = 'leaderboard-recalculation';

/** Returns the job that makes the cache of every board's current period equal to the store. */
export function leaderboardRecalculation(ports: {
  readonly boards: readonly Board[];
  readonly periods: PeriodRepository;
  readonly rankings: RankingRepository;
  readonly cache: LeaderboardCache;
}): JobDefinition {
  return defineJob({
    name: RECALCULATION,
    schedule: { cron: '0 * * * *' },
    missedTicks: 'latest',
    lateAfterMs: 65 * MINUTE_MS,
    batch: async ({ tx, asOf }) => {
      let processed = 0;
      for (const board of ports.boards) {
        const { period } = await ports.periods.periodAt(board, asOf, tx);
        processed += countDrift(await recalculate(ports, tx, { board, period }));
      }
      return { processed, next: null };
    },
  });
}

/** Makes one cached board equal to the store. Returns the differences. */
export async function recalculate(
  { rankings, cache }: { readonly rankings: RankingRepository; readonly cache: LeaderboardCache },
  tx: Transaction,
  at: BoardPeriod,
  { full = false }: { readonly full?: boolean } = {},
): Promise<Drift> {
  return cache.reconcile(at, await rankings.allScores(tx, at), { full });
}

/** Returns how many members a reconciliation had to repair. */
export function countDrift({ missing, extra, wrongScore, misplaced, renamed }: Drift): number {
  return missing + extra + wrongScore + misplaced + renamed;
}
