import type { Streak, Transactions, UserId } from '@gamekeeper/core';
import type { Outbox, PlayerLog, PlayerRepository, StreakRepository } from '@gamekeeper/core/ports';
import type { StreakTick } from '@gamekeeper/core/game';
import { inBatches } from '../batches.ts';
import { keep, listed } from '../collection-cases.ts';

/** What `streakRepositoryContract` runs against. */
export interface StreaksHarness {
  readonly transactions: Transactions;
  readonly streaks: StreakRepository;
  readonly players: PlayerRepository;
  readonly outbox: Outbox;
  readonly playerLog: PlayerLog;
}

/** Returns the player of a streak. */
export function playerOf({ userId }: Streak): UserId {
  return userId;
}

/** Stores streaks as they are. */
export function storeStreaks(
  { transactions, streaks }: Pick<StreaksHarness, 'transactions' | 'streaks'>,
  crowd: readonly Streak[],
): Promise<void> {
  return keep(transactions, streaks, playerOf, crowd);
}

/** Returns every streak that the repository lists. */
export function everyStreak({ streaks }: Pick<StreaksHarness, 'streaks'>): Promise<readonly Streak[]> {
  return listed(streaks, playerOf);
}

/** Runs one daily tick batch by batch, each in its own transaction. Returns how many players were judged. */
export function evaluateAll(
  { transactions, streaks }: Pick<StreaksHarness, 'transactions' | 'streaks'>,
  tick: StreakTick,
  limit: number,
  between?: () => Promise<void>,
): Promise<number> {
  return inBatches(transactions, (tx, after) => streaks.evaluateDue(tx, { tick, after, limit }), between);
}
