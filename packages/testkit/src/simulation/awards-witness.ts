import type { Instant, UserId } from '@gamekeeper/core';
import type { AwardOutcome, AwardRepository } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase } from '../memory/transactions/memory-database.ts';
import { withVerbs } from './with-verbs.ts';

/** An award as recorded by the witness, independent of boards. */
export interface WitnessedAward {
  readonly awardId: string;
  readonly userId: UserId;
  readonly amount: number;
  readonly earnedAt: Instant;
  /** The keys of the boards that counted it. */
  readonly boards: readonly string[];
}

/** Records every award together with the award itself. */
export class AwardsWitness {
  readonly #database: MemoryDatabase;
  readonly #awards = new MemoryTable<WitnessedAward>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** Records an award in the transaction that counts it. */
  note(tx: Parameters<AwardRepository['record']>[0], award: WitnessedAward): Promise<void> {
    return this.#database.within(tx, (open) => this.#awards.set(open, award.awardId, award));
  }

  /** Returns all recorded awards. */
  list(): Promise<readonly WitnessedAward[]> {
    return this.#database.within(undefined, () => [...this.#awards.values()]);
  }
}

/** Returns an award repository that also records awards with a witness. */
export function witnessedAwards<Awards extends AwardRepository>(
  awards: Awards,
  witness: AwardsWitness,
): Awards {
  const record: AwardRepository['record'] = async (tx, given, ...rest): Promise<AwardOutcome> => {
    const outcome = await awards.record(tx, given, ...rest);
    if (outcome.counted) {
      const boards = outcome.scores.map(({ board }) => board.key);
      await witness.note(tx, { ...given, boards });
    }
    return outcome;
  };
  return withVerbs<Awards>(awards, { record } as Partial<Awards>);
}
