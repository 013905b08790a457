import {
  isGamekeeperError,
  type DomainEvent,
  type Json,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import { type Outbox, type StoredEvent } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { ok } from 'node:assert/strict';

/** What a batch did, and where the next one goes on. */
interface Progress {
  readonly processed: number;
  readonly next: Json;
}

/** How often a verb may be called before it is said to have no end. */
const MOST_BATCHES = 5_000;
/** How often something is tried that others keep locked. */
const MOST_TRIES = 100;

/**
 * Calls a verb batch by batch, each in a transaction of its own, until nothing is left. Answers how many it processed.
 *
 * @param between what happens after each batch but the last
 */
export async function inBatches(
  transactions: Transactions,
  batch: (tx: Transaction, after: Json) => Promise<Progress>,
  between: () => Promise<void> = async () => {},
): Promise<number> {
  let total = 0;
  let after: Json = null;
  for (let batches = 1; ; batches += 1) {
    ok(batches < MOST_BATCHES, 'the batches never answered next: null');
    const from = after;
    const { processed, next } = await onceFree(() => transactions.run((tx) => batch(tx, from)));
    total += processed;
    if (next === null) return total;
    // The next batch gets it as the ledger would give it back.
    after = JSON.parse(JSON.stringify(next)) as Json;
    await between();
  }
}

/** Does something again for as long as somebody else locks what it needs; a store waits a moment each time. */
export async function onceFree<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let spare = MOST_TRIES - 1; ; spare -= 1) {
    try {
      return await work();
    } catch (error) {
      const isLocked = isGamekeeperError(error) && error.code === 'ROW_LOCKED';
      if (!isLocked || spare === 0) throw error;
    }
  }
}

/** Everything that a verb lists in pages of a size. */
export async function allPages<Item>(
  page: (last: Item | undefined, limit: number) => Promise<readonly Item[]>,
  limit = 1_000,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let pages = 1; ; pages += 1) {
    ok(pages < MOST_BATCHES, 'the pages never came to an end');
    const items = await page(all.at(-1), limit);
    ok(items.length <= limit, `a page of at most ${limit} held ${items.length}`);
    all.push(...items);
    if (items.length < limit) return all;
  }
}

/** All that the outbox holds, by key and without the ids that the store gave. */
export async function writtenEvents(outbox: Outbox): Promise<readonly DomainEvent[]> {
  const stored = await allPages(
    (last: StoredEvent | undefined, limit) => outbox.list({ limit, ...(last && { after: last.id }) }),
    10_000,
  );
  return byKey(stored.map(({ type, key, occurredAt, payload }) => ({ type, key, occurredAt, payload })));
}

/** Events in the order of their keys. */
export function byKey(events: readonly DomainEvent[]): readonly DomainEvent[] {
  return [...events].sort((a, b) => compareBytewise(a.key, b.key));
}
