import {
  isDue,
  regenerate,
  type Lives,
  type LivesDecision,
  type LivesRepository,
  type RegenerateDue,
  type RegenerateDueResult,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import { bytewise } from '../bytewise.ts';
import { MemoryTable, type MemoryDatabase } from './memory-database.ts';
import type { MemoryOutbox } from './memory-outbox.ts';

/** Lives in memory: the rules of core, player by player. */
export class MemoryLivesRepository implements LivesRepository {
  readonly #database: MemoryDatabase;
  readonly #outbox: MemoryOutbox;
  readonly #lives = new MemoryTable<Lives>();

  constructor(database: MemoryDatabase, outbox: MemoryOutbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  find(userId: UserId, tx?: Transaction): Promise<Lives | null> {
    return this.#database.within(tx, () => this.#lives.get(userId) ?? null);
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => LivesDecision<Answer>,
  ): Promise<Answer> {
    return this.#database.within(tx, (open) => {
      const { state, events = [], answer } = decide(this.#lives.get(userId) ?? null);
      if (state) this.#lives.set(open, userId, state);
      this.#outbox.write(open, events);
      return answer;
    });
  }

  regenerateDue(tx: Transaction, { asOf, rules, limit }: RegenerateDue): Promise<RegenerateDueResult> {
    return this.#database.within(tx, (open) => {
      let processed = 0;
      for (const lives of this.#lives.values()) {
        if (!isDue(lives, asOf, rules)) continue;
        if (processed === limit) return { processed, next: true };
        const { state, events } = regenerate(lives, asOf, rules);
        this.#lives.set(open, lives.userId, state);
        this.#outbox.write(open, events);
        processed += 1;
      }
      return { processed, next: null };
    });
  }

  list(
    { after, limit }: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]> {
    return this.#database.within(tx, () =>
      [...this.#lives.values()]
        .filter(({ userId }) => after === undefined || bytewise(userId, after) > 0)
        .sort((a, b) => bytewise(a.userId, b.userId))
        .slice(0, limit),
    );
  }

  clear(): void {
    this.#lives.clear();
  }
}
