import { instant, type DomainEvent, type Instant, type Transactions } from '@gamekeeper/core';
import {
  type LaneClaim,
  type LaneOutcome,
  type Outbox,
  type OutboxLanes,
  type StoredEvent,
} from '@gamekeeper/core/ports';

/** What `outboxLanesContract` tests with. */
export interface OutboxLanesHarness {
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly outboxLanes: OutboxLanes;
  /** The store's clock. */
  readonly now: () => Instant;
  /** Lets time pass on it. */
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

export function write(store: OutboxLanesHarness, ...events: readonly DomainEvent[]): Promise<number> {
  return store.transactions.run((tx) => store.outbox.append(tx, events));
}

export function claim(
  { outboxLanes }: OutboxLanesHarness,
  {
    owner = 'relay',
    limit = 1_000,
    except,
  }: { readonly owner?: string; readonly limit?: number; readonly except?: readonly number[] } = {},
): Promise<LaneClaim | null> {
  return outboxLanes.claim({ owner, leaseMs: LEASE_MS, limit, ...(except && { except }) });
}

/** The outcome of a batch that was delivered from its first event to its last. */
export function whole({ events }: LaneClaim): LaneOutcome {
  return { kind: 'released', delivered: events.length };
}

/** Claims until nothing is left to claim. */
export async function claimAll(store: OutboxLanesHarness): Promise<readonly LaneClaim[]> {
  const claims: LaneClaim[] = [];
  for (let next = await claim(store); next; next = await claim(store)) claims.push(next);
  return claims;
}

export async function deliverAll(store: OutboxLanesHarness): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let next = await claim(store); next; next = await claim(store)) {
    events.push(...next.events);
    await store.outboxLanes.settle(next, whole(next));
  }
  return events;
}

export function keysOf(claimed: LaneClaim | null): readonly string[] | undefined {
  return claimed?.events.map(({ key }) => key);
}
