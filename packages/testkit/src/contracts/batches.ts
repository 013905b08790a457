import {
  isGamekeeperError,
  type DomainEvent,
  type Json,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import { type Outbox, type StoredEvent } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { ok } from './assertions.ts';

/** What a batch did, and where the next one begins. */
interface Progress {
  readonly processed: number;
  readonly next: Json;
}

/** How many batches a method may take before it counts as endless. */
const MOST_BATCHES = 5_000;
/** How many attempts are made at work blocked by a lock of another transaction. */
const MOST_TRIES = 100;

/**
 * Calls a method batch by batch, each in its own transaction, until nothing is left. Returns how many items it
 * processed.
 *
 * @param between called after each batch but the last
 */
export async function inBatches(
  transactions: Transactions,
  batch: (tx: Transaction, after: Json) => Promise<Progress>,
  between: () => Promise<void> = async () => {},
): Promise<number> {
  let total = 0;
  let after: Json = null;
  for (let batches = 1; ; batches += 1) {
    ok(batches < MOST_BATCHES, 'the batches never returned next: null');
    const from = after;
    const { processed, next } = await onceFree(() => transactions.run((tx) => batch(tx, from)));
    total += processed;
    if (next === null) return total;
    // Passed to the next batch as the ledger would return it.
    after = JSON.parse(JSON.stringify(next)) as Json;
    await between();
  }
}

/** Repeats work while another transaction locks what it needs; a store waits briefly each time. */
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

/** Returns everything that a method lists, read in pages of a given size. */
export async function allPages<Item>(
  page: (last: Item | undefined, limit: number) => Promise<readonly Item[]>,
  limit = 1_000,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let pages = 1; ; pages += 1) {
    ok(pages < MOST_BATCHES, 'the pages never ended');
    const items = await page(all.at(-1), limit);
    ok(items.length <= limit, `a page of at most ${limit} held ${items.length}`);
    all.push(...items);
    if (items.length < limit) return all;
  }
}

/** Returns the whole outbox, by key and without the ids that the store assigned. */
export async function writtenEvents(outbox: Outbox): Promise<readonly DomainEvent[]> {
  const stored = await allPages(
    (last: StoredEvent | undefined, limit) => outbox.list({ limit, ...(last && { after: last.id }) }),
    10_000,
  );
  return byKey(stored.map(({ type, key, occurredAt, payload }) => ({ type, key, occurredAt, payload })));
}

/** Returns events in the order of their keys. */
export function byKey(events: readonly DomainEvent[]): readonly DomainEvent[] {
  return [...events].sort((a, b) => compareBytewise(a.key, b.key));
}
