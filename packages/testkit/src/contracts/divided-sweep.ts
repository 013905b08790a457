import type { Division, Json, Transaction, Transactions } from '@gamekeeper/core';
import { deepEqual, equal, ok } from './assertions.ts';
import { inBatches } from './batches.ts';

interface Progress {
  readonly processed: number;
  readonly next: Json;
}

/** A repository's batches over a population of which everything is due. */
export interface DividedSweep {
  readonly transactions: Transactions;
  /** The number of items that are due. */
  readonly due: number;
  /** `undefined` if the repository does not divide. */
  readonly divide: ((max: number) => Promise<Division>) | undefined;
  readonly sweep: (
    tx: Transaction,
    batch: { readonly after: Json; readonly limit: number; readonly shard: Json },
  ) => Promise<Progress>;
  readonly listDue: (batch: {
    readonly after: Json;
    readonly limit: number;
    readonly shard: Json;
  }) => Promise<readonly string[]>;
}

const MAX_PARTS = 4;

/**
 * Checks that the parts of a tick are disjoint and together hold everything that is due: each item is listed in one part
 * and changed once, whatever the order of the parts, and nothing is left in the end.
 */
export async function dividesItsTick({
  transactions,
  due,
  divide,
  sweep,
  listDue,
}: DividedSweep): Promise<void> {
  if (!divide) return;
  const { parts, next = null } = await divide(MAX_PARTS);
  ok(parts.length <= MAX_PARTS, `at most ${MAX_PARTS} parts, not ${parts.length}`);
  if (parts.length < 2) return;
  const listed = await Promise.all(parts.map((shard) => listDue({ after: null, limit: due, shard })));
  equal(new Set(listed.flat()).size, listed.flat().length);
  let processed = 0;
  for (const [index, shard] of [...parts.entries()].reverse()) {
    // The ledger returns parts as JSON.
    const part = JSON.parse(JSON.stringify(shard)) as Json;
    const limit = Math.ceil(due / 20);
    const done = await inBatches(transactions, (tx, after) => sweep(tx, { shard: part, after, limit }));
    ok(done >= listed[index]!.length, `part ${index} changed ${done} of ${listed[index]!.length} items`);
    processed += done;
  }
  const begun = next;
  processed += await inBatches(transactions, (tx, after) =>
    sweep(tx, { shard: null, after: after ?? begun, limit: due }),
  );
  equal(processed, due);
  deepEqual(await listDue({ after: null, limit: due, shard: null }), []);
}
