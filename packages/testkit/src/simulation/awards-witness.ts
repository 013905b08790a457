import type { Instant, UserId } from '@gamekeeper/core';
import type { AwardOutcome, AwardRepository } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase } from '../memory/transactions/memory-database.ts';
import { withVerbs } from './with-verbs.ts';

/** An award as it was told of, whatever boards made of it. */
export interface WitnessedAward {
  readonly awardId: string;
  readonly userId: UserId;
  readonly amount: number;
  readonly earnedAt: Instant;
  /** The boards that counted it, by their keys. */
  readonly boards: readonly string[];
}

/** What was awarded, written down with the award itself. */
export class AwardsWitness {
  readonly #database: MemoryDatabase;
  readonly #awards = new MemoryTable<WitnessedAward>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** Writes an award down in the transaction that counts it. */
  note(tx: Parameters<AwardRepository['record']>[0], award: WitnessedAward): Promise<void> {
    return this.#database.within(tx, (open) => this.#awards.set(open, award.awardId, award));
  }

  /** Everything that was awarded. */
  list(): Promise<readonly WitnessedAward[]> {
    return this.#database.within(undefined, () => [...this.#awards.values()]);
  }
}

/** The same awards, with a witness of what is awarded. */
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
