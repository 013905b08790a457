import { type Instant, type Lives, type LivesRules, type Transactions } from '@gamekeeper/core';
import { type LivesRepository, type Outbox } from '@gamekeeper/core/ports';
import { compareBytewise as bytewise } from '@gamekeeper/core/game';
import { allPages, inBatches } from '../batches.ts';

/** What `livesRepositoryContract` runs against. */
export interface LivesHarness {
  readonly transactions: Transactions;
  readonly lives: LivesRepository;
  readonly outbox: Outbox;
}

/** Stores states as they are. */
export async function store({ lives, transactions }: LivesHarness, crowd: readonly Lives[]): Promise<void> {
  await transactions.run(async (tx) => {
    for (const state of crowd) await lives.change(tx, state.userId, () => ({ state, result: null }));
  });
}

/** Runs one tick batch by batch, each in its own transaction. Returns how many players received a life. */
export function regenerateAll(
  { lives, transactions }: LivesHarness,
  asOf: Instant,
  rules: LivesRules,
  limit: number,
  between?: () => Promise<void>,
): Promise<number> {
  return inBatches(
    transactions,
    (tx, after) => lives.regenerateDue(tx, { asOf, rules, after, limit }),
    between,
  );
}

/** Returns every player that the repository lists. */
export function everyone(lives: LivesRepository, limit = 1_000): Promise<readonly Lives[]> {
  return allPages(
    (last: Lives | undefined, size) => lives.list({ limit: size, ...(last && { after: last.userId }) }),
    limit,
  );
}

/** Returns the keys of all events, in bytewise order. */
export async function eventKeys(outbox: Outbox): Promise<readonly string[]> {
  return (await outbox.list({ limit: 100_000 })).map(({ key }) => key).sort(bytewise);
}
