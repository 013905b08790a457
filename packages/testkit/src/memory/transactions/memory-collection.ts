import {
  type BatchProgress,
  type Division,
  type DomainEvent,
  type ItemFilter,
  type Json,
  type Transaction,
} from '@gamekeeper/core';
import { type StateChange, type Decision } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from './memory-database.ts';
import type { MemoryOutbox } from '../events/memory-outbox.ts';
import type { MemoryLogEntries } from '../players/memory-player-log.ts';

/** Which items a batch processes, and how many. */
interface SweepBatch extends ItemFilter {
  readonly limit: number;
}

/**
 * Aggregates of one kind by id: found, changed under a lock, processed in batches and listed, as in every repository.
 */
export class MemoryCollection<Id extends string, State> {
  readonly #database: MemoryDatabase;
  readonly #outbox: MemoryOutbox;
  readonly #log: MemoryLogEntries | undefined;
  readonly #idOf: (state: State) => Id;
  readonly #table = new MemoryTable<State>();

  /** @param log required if decisions on the aggregates have entries for players' logs */
  constructor(
    database: MemoryDatabase,
    outbox: MemoryOutbox,
    idOf: (state: State) => Id,
    log?: MemoryLogEntries,
  ) {
    this.#database = database;
    this.#outbox = outbox;
    this.#log = log;
    this.#idOf = idOf;
  }

  find(id: Id, tx?: Transaction): Promise<State | null> {
    return this.#database.within(tx, () => this.#table.get(id) ?? null);
  }

  change<Answer>(
    tx: Transaction,
    id: Id,
    decide: (state: State | null) => Decision<State, Answer>,
  ): Promise<Answer> {
    return this.#database.within(tx, (open) => {
      const { state, events = [], log, result } = decide(this.#table.get(id) ?? null);
      if (state) this.set(open, state);
      this.#tell(open, { events, log });
      return result;
    });
  }

  /** Applies a rule to up to `limit` of the items that are due. `next` is `null` when none is left. */
  sweep(
    tx: Transaction,
    { limit, ...choice }: SweepBatch,
    isDue: (state: State) => boolean,
    apply: (state: State) => StateChange<State>,
  ): Promise<BatchProgress> {
    return this.#database.within(tx, (open) => {
      const isChosen = chooser(choice);
      let processed = 0;
      for (const state of this.#table.values()) {
        if (!isDue(state) || !isChosen(this.#idOf(state))) continue;
        if (processed === limit && !choice.only) return { processed, next: true };
        const change = apply(state);
        this.set(open, change.state);
        this.#tell(open, change);
        processed += 1;
      }
      return { processed, next: null };
    });
  }

  /** Returns the ids that the next batch would process. */
  due({ limit, ...choice }: SweepBatch, isDue: (state: State) => boolean): Promise<readonly Id[]> {
    return this.#database.within(undefined, () => {
      const isChosen = chooser(choice);
      return [...this.#table.values()]
        .filter((state) => isDue(state) && isChosen(this.#idOf(state)))
        .slice(0, limit)
        .map(this.#idOf);
    });
  }

  /** Divides the ids that are due into ranges; the first and the last have one end. */
  divide(max: number, isDue: (state: State) => boolean): Promise<Division> {
    return this.#database.within(undefined, () => {
      const ids = [...this.#table.values()].filter(isDue).map(this.#idOf).sort(compareBytewise);
      const count = Math.min(max, ids.length);
      const ends = Array.from({ length: count }, (_, index) =>
        index === count - 1 ? null : ids[Math.ceil(((index + 1) * ids.length) / count) - 1]!,
      );
      const parts = ends.map((through, index) => ({ after: ends[index - 1] ?? null, through }));
      return { parts, next: 'rest' };
    });
  }

  some(matches: (state: State) => boolean): Promise<boolean> {
    return this.#database.within(undefined, () => [...this.#table.values()].some(matches));
  }

  list(
    { after, limit }: { readonly after?: Id; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly State[]> {
    return this.#database.within(tx, () =>
      [...this.#table.values()]
        .filter((state) => after === undefined || compareBytewise(this.#idOf(state), after) > 0)
        .sort((a, b) => compareBytewise(this.#idOf(a), this.#idOf(b)))
        .slice(0, limit),
    );
  }

  /** Removes what belongs to a player. Returns whether there was anything. */
  erase(tx: MemoryTransaction, belongs: (state: State) => boolean): boolean {
    const own = [...this.#table.values()].filter(belongs).map(this.#idOf);
    for (const id of own) this.#table.delete(tx, id);
    return own.length > 0;
  }

  /** Returns the matching ones, for a repository that already holds the transaction. */
  all(matches: (state: State) => boolean): readonly State[] {
    return [...this.#table.values()].filter(matches);
  }

  /** For repositories that share the collection. */
  get(id: Id): State | undefined {
    return this.#table.get(id);
  }

  set(tx: MemoryTransaction, state: State): void {
    this.#table.set(tx, this.#idOf(state), state);
  }

  #tell(
    tx: MemoryTransaction,
    { events, log }: { readonly events: readonly DomainEvent[]; readonly log?: StateChange<State>['log'] },
  ): void {
    this.#outbox.write(tx, events);
    this.#log?.write(tx, log);
  }
}

function chooser({ shard = null, only, skip }: ItemFilter): (id: string) => boolean {
  const wanted = only && new Set(only);
  const unwanted = new Set(skip);
  const isInPart = only ? () => true : rangeOf(shard);
  return (id) => (!wanted || wanted.has(id)) && !unwanted.has(id) && isInPart(id);
}

function rangeOf(shard: Json): (id: string) => boolean {
  if (shard === null) return () => true;
  const { after, through } = shard as { readonly after: string | null; readonly through: string | null };
  return (id) =>
    (after === null || compareBytewise(id, after) > 0) &&
    (through === null || compareBytewise(id, through) <= 0);
}
