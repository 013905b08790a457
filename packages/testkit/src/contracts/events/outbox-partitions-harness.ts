import { instant, type DomainEvent, type Instant, type Transactions } from '@gamekeeper/core';
import {
  type PartitionClaim,
  type PartitionOutcome,
  type Outbox,
  type OutboxPartitions,
  type StoredEvent,
} from '@gamekeeper/core/ports';

/** What `outboxPartitionsContract` runs against. */
export interface OutboxPartitionsHarness {
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly outboxPartitions: OutboxPartitions;
  /** Returns the store's time. */
  readonly now: () => Instant;
  /** Advances the store's clock. */
  readonly passTime: (ms: number) => Promise<void>;
}

export const happenedAt: Instant = instant('2026-11-23T23:59:00Z');
export const LEASE_MS = 30_000;

export function told(player: string, number: number): DomainEvent {
  return {
    type: 'Tested',
    key: `Tested:${player}:${number}`,
    occurredAt: happenedAt,
    payload: { userId: player, number },
  };
}

export function write(store: OutboxPartitionsHarness, ...events: readonly DomainEvent[]): Promise<number> {
  return store.transactions.run((tx) => store.outbox.append(tx, events));
}

export function claim(
  { outboxPartitions }: OutboxPartitionsHarness,
  {
    instanceId = 'relay',
    limit = 1_000,
    except,
  }: { readonly instanceId?: string; readonly limit?: number; readonly except?: readonly number[] } = {},
): Promise<PartitionClaim | null> {
  return outboxPartitions.claim({ instanceId, leaseMs: LEASE_MS, limit, ...(except && { except }) });
}

/** Returns the outcome of a batch that was delivered completely. */
export function whole({ events }: PartitionClaim): PartitionOutcome {
  return { kind: 'released', delivered: events.length };
}

/** Claims until no partition is left to claim. */
export async function claimAll(store: OutboxPartitionsHarness): Promise<readonly PartitionClaim[]> {
  const claims: PartitionClaim[] = [];
  for (let next = await claim(store); next; next = await claim(store)) claims.push(next);
  return claims;
}

export async function deliverAll(store: OutboxPartitionsHarness): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let next = await claim(store); next; next = await claim(store)) {
    events.push(...next.events);
    await store.outboxPartitions.complete(next, whole(next));
  }
  return events;
}

export function keysOf(claimed: PartitionClaim | null): readonly string[] | undefined {
  return claimed?.events.map(({ key }) => key);
}
