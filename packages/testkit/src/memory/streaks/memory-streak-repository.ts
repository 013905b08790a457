import {
  type BatchProgress,
  type Division,
  type Streak,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import {
  type ComparedStreak,
  type Comparison,
  type Decision,
  type StreakCounts,
  type StreakEvaluationBatch,
  type StreakOutcome,
  type StreakRepository,
  type StreakTrial,
} from '@gamekeeper/core/ports';
import { evaluateStreak, isInDanger, type StreakTick } from '@gamekeeper/core/game';
import { compareAll } from '../transactions/compare.ts';
import { MemoryCollection } from '../transactions/memory-collection.ts';
import type { MemoryDatabase, MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryOutbox } from '../events/memory-outbox.ts';
import type { MemoryLogEntries } from '../players/memory-player-log.ts';

/** Streaks in memory. */
export class MemoryStreakRepository implements StreakRepository {
  readonly #streaks: MemoryCollection<UserId, Streak>;

  constructor(database: MemoryDatabase, outbox: MemoryOutbox, log: MemoryLogEntries) {
    this.#streaks = new MemoryCollection(database, outbox, ({ userId }) => userId, log);
  }

  find(userId: UserId, tx?: Transaction): Promise<Streak | null> {
    return this.#streaks.find(userId, tx);
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (streak: Streak | null) => Decision<Streak, Answer>,
  ): Promise<Answer> {
    return this.#streaks.change(tx, userId, decide);
  }

  isAnyInDanger(tick: StreakTick): Promise<boolean> {
    return this.#streaks.some((streak) => isInDanger(streak, tick));
  }

  evaluateDue(tx: Transaction, { tick, ...batch }: StreakEvaluationBatch): Promise<BatchProgress> {
    return this.#streaks.sweep(
      tx,
      batch,
      (streak) => isInDanger(streak, tick),
      (streak) => evaluateStreak(streak, tick),
    );
  }

  listDue({ tick, ...batch }: Omit<StreakEvaluationBatch, 'only'>): Promise<readonly UserId[]> {
    return this.#streaks.due(batch, (streak) => isInDanger(streak, tick));
  }

  divideDue({ tick, max }: { readonly tick: StreakTick; readonly max: number }): Promise<Division> {
    return this.#streaks.divide(max, (streak) => isInDanger(streak, tick));
  }

  async compareTicks({
    current,
    proposed,
    sample,
  }: StreakTrial): Promise<Comparison<StreakCounts, ComparedStreak>> {
    const all = await this.#streaks.list({ limit: Infinity });
    const players = all.flatMap(({ lastQuizAt, ...streak }) => {
      if (lastQuizAt === null) return [];
      const { userId, currentStreak, protections } = streak;
      const outcome = (tick: StreakTick) => outcomeOf({ ...streak, lastQuizAt }, tick);
      const own = { userId, currentStreak, protections, lastQuizAt };
      return [{ ...own, current: outcome(current), proposed: outcome(proposed) }];
    });
    const countOf = (outcomes: readonly { readonly outcome: StreakOutcome }[]): StreakCounts => ({
      protected: outcomes.filter(({ outcome }) => outcome === 'protected').length,
      broken: outcomes.filter(({ outcome }) => outcome === 'broken').length,
    });
    return compareAll(players, countOf, sample);
  }

  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Streak[]> {
    return this.#streaks.list(page, tx);
  }

  /** Removes a player's streak. Returns whether there was one. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    return this.#streaks.erase(tx, (streak) => streak.userId === userId);
  }

  isKnown(userId: UserId): boolean {
    return this.#streaks.get(userId) !== undefined;
  }

  /** Gives a player a new streak, unless one exists. */
  begin(tx: MemoryTransaction, fresh: Streak): void {
    if (!this.#streaks.get(fresh.userId)) this.#streaks.set(tx, fresh);
  }
}

function outcomeOf(streak: Streak, tick: StreakTick): StreakOutcome {
  if (!isInDanger(streak, tick)) return 'kept';
  return streak.protections > 0 ? 'protected' : 'broken';
}
