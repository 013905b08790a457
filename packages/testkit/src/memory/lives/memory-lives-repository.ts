import {
  type BatchProgress,
  type Division,
  type Instant,
  type Lives,
  type LivesRules,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import {
  type PruneRequest,
  type Decision,
  type LivesRepository,
  type LifeRegenerationBatch,
  type ComparedLives,
  type Comparison,
  type LivesCounts,
  type LivesOutcome,
  type LivesTrial,
  type StoredEntry,
} from '@gamekeeper/core/ports';
import { isDue, regenEntry, regenerate, spendEntry } from '@gamekeeper/core/game';
import { compareAll } from '../transactions/compare.ts';
import { MemoryCollection } from '../transactions/memory-collection.ts';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryOutbox } from '../events/memory-outbox.ts';

interface Given {
  readonly player: ComparedLives;
  readonly outcome: LivesOutcome;
}

/** Lives in memory: applies core's rules, player by player. */
export class MemoryLivesRepository implements LivesRepository {
  readonly #database: MemoryDatabase;
  readonly #lives: MemoryCollection<UserId, Lives>;
  readonly #spends = new MemoryTable<{ readonly lives: Lives; readonly recordedAt: Instant }>();

  constructor(database: MemoryDatabase, outbox: MemoryOutbox) {
    this.#database = database;
    this.#lives = new MemoryCollection(database, outbox, ({ userId }) => userId);
  }

  /** Removes a player's lives and spends. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    const spends = [...this.#spends.entries()].filter(([, { lives }]) => lives.userId === userId);
    for (const [key] of spends) this.#spends.delete(tx, key);
    return this.#lives.erase(tx, (lives) => lives.userId === userId) || spends.length > 0;
  }

  /** Gives a player lives, unless they are stored. */
  begin(tx: MemoryTransaction, lives: Lives): void {
    if (!this.#lives.get(lives.userId)) this.#lives.set(tx, lives);
  }

  /** Returns what a player's log shows of the lives. */
  entriesOf(userId: UserId): readonly StoredEntry[] {
    const lives = this.#lives.get(userId);
    const regained = lives && regenEntry(lives);
    const spends = [...this.#spends.entries()].flatMap(([key, { lives: left, recordedAt: at }]) =>
      left.userId === userId ? [spendEntry(left, { idempotencyKey: keyOf(key), at })] : [],
    );
    return regained ? [regained, ...spends] : spends;
  }

  find(userId: UserId, tx?: Transaction): Promise<Lives | null> {
    return this.#lives.find(userId, tx);
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer> {
    return this.#lives.change(tx, userId, decide);
  }

  reserveSpend(tx: Transaction, userId: UserId, idempotencyKey: string): Promise<Lives | null> {
    // Transactions run one at a time: no other can hold the same key.
    return this.#database.within(tx, () => this.#spends.get(spendKey(userId, idempotencyKey))?.lives ?? null);
  }

  completeSpend(
    tx: Transaction,
    userId: UserId,
    { idempotencyKey, lives }: { readonly idempotencyKey: string; readonly lives: Lives | null },
  ): Promise<void> {
    return this.#database.within(tx, (open) => {
      const recordedAt = this.#database.clock.now();
      if (lives) this.#spends.set(open, spendKey(userId, idempotencyKey), { lives, recordedAt });
    });
  }

  pruneSpends(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const old = [...this.#spends.entries()]
        .filter(([, { recordedAt }]) => recordedAt < before)
        .slice(0, limit);
      for (const [key] of old) this.#spends.delete(open, key);
      return old.length;
    });
  }

  isAnyDue(asOf: Instant, rules: LivesRules): Promise<boolean> {
    return this.#lives.some((lives) => isDue(lives, asOf, rules));
  }

  regenerateDue(tx: Transaction, { asOf, rules, ...batch }: LifeRegenerationBatch): Promise<BatchProgress> {
    return this.#lives.sweep(
      tx,
      batch,
      (lives) => isDue(lives, asOf, rules),
      (lives) => regenerate(lives, asOf, rules),
    );
  }

  listDue({ asOf, rules, ...batch }: Omit<LifeRegenerationBatch, 'only'>): Promise<readonly UserId[]> {
    return this.#lives.due(batch, (lives) => isDue(lives, asOf, rules));
  }

  divideDue({
    asOf,
    rules,
    max,
  }: {
    readonly asOf: Instant;
    readonly rules: LivesRules;
    readonly max: number;
  }): Promise<Division> {
    return this.#lives.divide(max, (lives) => isDue(lives, asOf, rules));
  }

  async compareRules({
    asOf,
    current,
    proposed,
    sample,
  }: LivesTrial): Promise<Comparison<LivesCounts, ComparedLives>> {
    const after = (lives: Lives, rules: LivesRules): LivesOutcome => {
      const { currentLives, nextRegenAt } = regenerate(lives, asOf, rules).state;
      return { currentLives, nextRegenAt };
    };
    const players = (await this.#lives.list({ limit: Infinity })).map((lives) => ({
      userId: lives.userId,
      currentLives: lives.currentLives,
      current: after(lives, current),
      proposed: after(lives, proposed),
    }));
    const counter =
      ({ maxLives }: LivesRules) =>
      (outcomes: readonly Given[]): LivesCounts => {
        const given = outcomes.filter(({ player, outcome }) => outcome.currentLives > player.currentLives);
        const refilled = given.filter(({ outcome }) => outcome.currentLives === maxLives);
        return { given: given.length, refilled: refilled.length };
      };
    return {
      ...compareAll(players, counter(current), sample),
      proposed: compareAll(players, counter(proposed), 0).proposed,
    };
  }

  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]> {
    return this.#lives.list(page, tx);
  }
}

function keyOf(key: string): string {
  return (JSON.parse(key) as [string, string])[1];
}

/** JSON, so that different pairs never give the same text. */
function spendKey(userId: UserId, idempotencyKey: string): string {
  return JSON.stringify([userId, idempotencyKey]);
}
