import { defineJob, iso, type Instant, type JobDefinition, type Transaction } from '@gamekeeper/core';
import type { MemoryTallies } from './tally.ts';

/** The items of a tick of {@link spoilt}. */
const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
/** The item that always fails: a different one at each tick. */
const spoiltAt = (tick: Instant): string => ITEMS[Math.floor(tick / 3_600_000) % ITEMS.length]!;

/** Returns a job with one item per tick that always fails, after changing data before it throws. */
export function spoilt({ chores }: { readonly chores: MemoryTallies }): JobDefinition {
  const due = async (
    asOf: Instant,
    skip: readonly string[],
    tx?: Transaction,
  ): Promise<readonly string[]> => {
    const done = new Set(await chores.names(tx));
    const tick = iso(asOf);
    return ITEMS.filter((item) => !skip.includes(item) && !done.has(nameOf(tick, item)));
  };
  return defineJob<number>({
    name: 'spoilt',
    schedule: { cron: '15 */6 * * *' },
    retry: { maxAttempts: 5, initialDelayMs: 1_000 },
    maxFailureRate: 0.5,
    items: async ({ asOf, limit, skip }) => (await due(asOf, skip)).slice(0, limit),
    batch: async ({ tx, asOf, checkpoint, limit, only, skip }) => {
      const open = await due(asOf, skip, tx);
      const wanted = open.filter((item) => only?.includes(item) ?? true).slice(0, Math.min(limit, 4));
      for (const item of wanted) {
        await chores.add(tx, nameOf(iso(asOf), item));
        if (item === spoiltAt(asOf)) throw new Error(`item ${item} is spoilt`);
      }
      const next = open.length > wanted.length ? (checkpoint ?? 0) + 1 : null;
      return { processed: wanted.length, next };
    },
  });
}

function nameOf(tick: string, item: string): string {
  return `${tick} item ${item}`;
}
