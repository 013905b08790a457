import { defineJob, iso, type DomainEvent, type JobDefinition, type Transaction } from '@gamekeeper/core';
import { type Outbox } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase } from '../memory/transactions/memory-database.ts';

/** Counters by name: a table that nothing protects from counting twice. */
export class MemoryTallies {
  readonly #database: MemoryDatabase;
  readonly #counts = new MemoryTable<{ readonly name: string; readonly count: number }>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** Increments a counter. */
  add(tx: Transaction, name: string): Promise<void> {
    return this.#database.within(tx, (open) => {
      const before = this.#counts.get(name)?.count ?? 0;
      this.#counts.set(open, name, { name, count: before + 1 });
    });
  }

  /** Returns the names of all counters. */
  names(tx?: Transaction): Promise<readonly string[]> {
    return this.#database.within(tx, () => [...this.#counts.values()].map(({ name }) => name));
  }

  /** Returns every counter, as `part 1 = 3`. */
  list(): Promise<readonly string[]> {
    return this.#database.within(undefined, () =>
      [...this.#counts.values()].map(({ name, count }) => `${name} = ${count}`),
    );
  }
}

/**
 * Returns a job that no rule protects: work done twice is counted twice. It relies only on the engine's promises (one
 * run per tick, fence, checkpoint, also of shards) and, for the first tick of each day, on the event key.
 */
export function tally(ports: { readonly tallies: MemoryTallies; readonly outbox: Outbox }): JobDefinition {
  return defineJob<number>({
    name: 'tally',
    schedule: { cron: '0 */3 * * *' },
    shards: async () => ({
      parts: [
        { from: 1, through: 2 },
        { from: 3, through: PARTS },
      ],
    }),
    finish: ({ tx, asOf }) => ports.tallies.add(tx, `finished ${iso(asOf)}`),
    batch: async ({ tx, asOf, checkpoint, shard }) => {
      const { from, through } = (shard ?? { from: 1, through: PARTS }) as { from: number; through: number };
      const part = (checkpoint ?? from - 1) + 1;
      const tick = iso(asOf);
      const day = tick.slice(0, 10);
      await ports.tallies.add(tx, `part ${part}`);
      await ports.outbox.append(tx, [
        tallied(`Tallied:${tick}:${part}`, day),
        tallied(`DayTallied:${day}`, day),
      ]);
      return { processed: 1, next: part === through ? null : part };
    },
  });
}

const PARTS = 3;

function tallied(key: string, day: string): DomainEvent {
  return {
    type: key.split(':', 1)[0]!,
    key,
    occurredAt: Date.parse(day) as DomainEvent['occurredAt'],
    payload: {},
  };
}
