import {
  compareBytewise as bytewise,
  type Instant,
  type Json,
  type Lives,
  type LivesRepository,
  type LivesRules,
  type Outbox,
  type Transactions,
} from '@gamekeeper/core';
import { ok } from 'node:assert/strict';

/** What `livesRepositoryContract` tests with. */
export interface LivesHarness {
  readonly transactions: Transactions;
  readonly lives: LivesRepository;
  readonly outbox: Outbox;
}

/** Stores states as they are. */
export async function store({ lives, transactions }: LivesHarness, crowd: readonly Lives[]): Promise<void> {
  await transactions.run(async (tx) => {
    for (const state of crowd) await lives.change(tx, state.userId, () => ({ state, answer: null }));
  });
}

/** Runs one tick batch by batch, each in a transaction of its own. Answers how many players were given a life. */
export async function regenerateAll(
  { lives, transactions }: LivesHarness,
  asOf: Instant,
  some: LivesRules,
  limit: number,
): Promise<number> {
  let total = 0;
  let after: Json = null;
  for (let batches = 1; ; batches += 1) {
    ok(batches < 5_000, 'regenerateDue never answered next: null');
    const from = after;
    const result = await transactions.run((tx) =>
      lives.regenerateDue(tx, { asOf, rules: some, after: from, limit }),
    );
    total += result.processed;
    if (result.next === null) return total;
    // The next batch gets it as the ledger would give it back.
    after = JSON.parse(JSON.stringify(result.next)) as Json;
  }
}

/** Every player that the repository lists. */
export async function everyone(lives: LivesRepository, limit = 1_000): Promise<readonly Lives[]> {
  const all: Lives[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await lives.list({ limit, ...(last && { after: last.userId }) });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

/** The keys of all events, in bytewise order. */
export async function eventKeys(outbox: Outbox): Promise<readonly string[]> {
  return (await outbox.list({ limit: 100_000 })).map(({ key }) => key).sort(bytewise);
}
