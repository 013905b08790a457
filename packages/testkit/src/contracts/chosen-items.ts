import { type Json, type Transaction, type Transactions } from '@gamekeeper/core';
import { compareBytewise } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, ok } from './assertions.ts';
import { inBatches } from './batches.ts';
import type { PropertySettings } from './contract.ts';

interface Done {
  readonly processed: number;
  readonly next: Json;
}

/** Which items a batch may process, where it begins and how many. */
interface Batch {
  readonly after: Json;
  readonly limit: number;
  readonly only?: readonly string[] | null;
  readonly skip?: readonly string[];
}

/** A repository's batch method and its population, for {@link choosesItems}. */
export interface ChosenSweep<Item> {
  readonly transactions: Transactions;
  /** Runs one batch. */
  readonly sweep: (tx: Transaction, batch: Batch) => Promise<Done>;
  readonly due: (batch: Omit<Batch, 'only'>) => Promise<readonly string[]>;
  /** Returns all stored items, in bytewise order of ids. */
  readonly everybody: () => Promise<readonly Item[]>;
}

/**
 * Checks that batches process exactly the given items, exclude the given ones, and that listing due items and
 * processing them in turn gives the same result as running the batches.
 */
export async function choosesItems<Item>(
  property: PropertySettings,
  crowds: fc.Arbitrary<readonly Item[]>,
  {
    idOf,
    sweepOver,
    after,
  }: {
    readonly idOf: (item: Item) => string;
    /** Stores items in an empty store. */
    readonly sweepOver: (crowd: readonly Item[]) => Promise<ChosenSweep<Item>>;
    /** Returns a due item as it is after the rule was applied; `null` for an item that is not due. */
    readonly after: (item: Item) => Item | null;
  },
): Promise<void> {
  const scene = fc.record({
    crowd: crowds,
    marks: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
    limit: fc.integer({ min: 1, max: 9 }),
    split: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ crowd, marks, limit, split }) => {
      const { transactions, sweep, due, everybody } = await sweepOver(crowd);
      const marked = new Set(crowd.filter((_, index) => marks[index % marks.length]).map(idOf));
      const isDue = crowd.filter((item) => after(item) !== null).map(idOf);
      const chosen = isDue.filter((id) => !marked.has(id));
      const skip = [...marked];

      const named = await due({ after: null, limit: crowd.length + 1, skip });
      deepEqual([...named].sort(compareBytewise), [...chosen].sort(compareBytewise));
      const first = await due({ after: null, limit, skip });
      equal(first.length, Math.min(limit, chosen.length));
      ok(first.every((id) => chosen.includes(id)));

      const processed = split
        ? await doneOneByOne(transactions, sweep, [...named, 'nobody of this name'])
        : await inBatches(transactions, (tx, from) => sweep(tx, { after: from, limit, skip }));
      equal(processed, chosen.length);
      deepEqual(await everybody(), expected(new Set(chosen)));
      deepEqual(await due({ after: null, limit, skip }), []);

      // Excluded items stay due for a later batch, in any number.
      const { processed: rest, next } = await transactions.run((tx) =>
        sweep(tx, { after: null, limit: 1, only: [...marked, ...chosen] }),
      );
      deepEqual([rest, next], [isDue.length - chosen.length, null]);
      deepEqual(await everybody(), expected(new Set(isDue)));

      function expected(done: ReadonlySet<string>): readonly Item[] {
        return [...crowd]
          .sort((a, b) => compareBytewise(idOf(a), idOf(b)))
          .map((item) => (done.has(idOf(item)) ? after(item)! : item));
      }
    }),
    property,
  );
}

/**
 * Processes items batch by batch, with every seventh one excluded. Each batch processes as many as `due` lists at its
 * checkpoint, whatever the order in which the store reads its rows.
 */
export async function namesWhatItDoes(
  { transactions, sweep, due }: Omit<ChosenSweep<unknown>, 'everybody'>,
  ids: readonly string[],
): Promise<void> {
  const skip = ids.filter((_, index) => index % 7 === 0);
  const limit = Math.ceil(ids.length / 10);
  let total = 0;
  for (let batch: Pick<Batch, 'after'> | null = { after: null }; batch;) {
    const asked = { after: batch.after, limit, skip };
    const named = await due(asked);
    const done: Done = await transactions.run((tx) => sweep(tx, asked));
    equal(done.processed, named.length);
    total += done.processed;
    batch = done.next === null ? null : { after: done.next };
  }
  equal(total, ids.length - skip.length);
  deepEqual(
    [...(await due({ after: null, limit: ids.length, skip: [] }))].sort(compareBytewise),
    [...skip].sort(compareBytewise),
  );
}

async function doneOneByOne(
  transactions: Transactions,
  sweep: ChosenSweep<unknown>['sweep'],
  ids: readonly string[],
): Promise<number> {
  let total = 0;
  for (const id of ids) {
    const { processed, next } = await transactions.run((tx) =>
      sweep(tx, { after: null, limit: 1, only: [id] }),
    );
    equal(next, null);
    total += processed;
  }
  return total;
}
