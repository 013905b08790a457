import {
  isDue,
  regenerate,
  type Decision,
  type Instant,
  type Lives,
  type LivesRepository,
  type LivesRules,
  type RegenerateDue,
  type RegenerateDueResult,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import { MemoryCollection } from './memory-collection.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { MemoryOutbox } from './memory-outbox.ts';

/** Lives in memory: the rules of core, player by player. */
export class MemoryLivesRepository implements LivesRepository {
  readonly #lives: MemoryCollection<UserId, Lives>;

  constructor(database: MemoryDatabase, outbox: MemoryOutbox) {
    this.#lives = new MemoryCollection(database, outbox, ({ userId }) => userId);
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

  isAnyDue(asOf: Instant, rules: LivesRules): Promise<boolean> {
    return this.#lives.some((lives) => isDue(lives, asOf, rules));
  }

  regenerateDue(tx: Transaction, { asOf, rules, ...batch }: RegenerateDue): Promise<RegenerateDueResult> {
    return this.#lives.sweep(
      tx,
      batch,
      (lives) => isDue(lives, asOf, rules),
      (lives) => regenerate(lives, asOf, rules),
    );
  }

  due({ asOf, rules, ...batch }: Omit<RegenerateDue, 'only'>): Promise<readonly UserId[]> {
    return this.#lives.due(batch, (lives) => isDue(lives, asOf, rules));
  }

  list(
    page: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]> {
    return this.#lives.list(page, tx);
  }
}
