import { addMs, type Instant, type OutboxLag } from '@gamekeeper/core';
import { type PartitionClaim, type PartitionOutcome, type OutboxPartitions } from '@gamekeeper/core/ports';
import { partitionOf, subjectOf } from '@gamekeeper/core/engine';
import { MemoryTable, type MemoryDatabase } from '../transactions/memory-database.ts';
import type { MemoryOutbox } from './memory-outbox.ts';

const LANES = 16;

interface Lane {
  readonly fence: number;
  readonly attempts: number;
  /** The end of the lease, until which no other instance may claim it. */
  readonly leaseUntil: Instant | null;
  /** Whether a lease exists, expired or not. */
  readonly held: boolean;
  readonly claimedAt: Instant;
}

/** The outbox's partitions in memory. Leases and delays use the database's clock. */
export class MemoryOutboxPartitions implements OutboxPartitions {
  readonly #database: MemoryDatabase;
  readonly #outbox: MemoryOutbox;
  readonly #lanes = new MemoryTable<Lane>();

  constructor(database: MemoryDatabase, outbox: MemoryOutbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  claim({
    leaseMs,
    limit,
    except = [],
  }: Parameters<OutboxPartitions['claim']>[0]): Promise<PartitionClaim | null> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      const waiting = Map.groupBy(this.#outbox.waiting(), (event) => partitionOf(subjectOf(event), LANES));
      // The partition that has waited longest comes first.
      const [first] = [...waiting]
        .map(([lane, events]) => ({ lane, events, row: this.#lanes.get(String(lane)) }))
        .filter(({ lane, row }) => !except.includes(lane) && (!row?.leaseUntil || row.leaseUntil <= now))
        .sort((a, b) => (a.row?.claimedAt ?? 0) - (b.row?.claimedAt ?? 0) || a.lane - b.lane);
      if (!first) return null;
      const { lane, events, row } = first;
      const claimed = {
        fence: (row?.fence ?? 0) + 1,
        attempts: (row?.attempts ?? 0) + 1,
        leaseUntil: addMs(now, leaseMs),
        held: true,
        claimedAt: now,
      };
      this.#lanes.set(tx, String(lane), claimed);
      return {
        partition: lane,
        fence: claimed.fence,
        attempt: claimed.attempts,
        events: events.slice(0, limit),
      };
    });
  }

  renew(
    { partition, fence, events }: PartitionClaim,
    { leaseMs, delivered }: Parameters<OutboxPartitions['renew']>[1],
  ): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      this.#outbox.markDelivered(tx, events.slice(0, delivered), now);
      const row = this.#lanes.get(String(partition));
      if (row?.fence !== fence || !row.held) return false;
      const attempts = delivered > 0 ? 0 : row.attempts;
      this.#lanes.set(tx, String(partition), { ...row, attempts, leaseUntil: addMs(now, leaseMs) });
      return true;
    });
  }

  complete({ partition, fence, events }: PartitionClaim, outcome: PartitionOutcome): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      this.#outbox.markDelivered(tx, events.slice(0, outcome.delivered), now);
      const row = this.#lanes.get(String(partition));
      if (row?.fence !== fence) return false;
      const attempts = outcome.delivered > 0 ? 0 : row.attempts;
      const leaseUntil = outcome.kind === 'failed' ? addMs(now, outcome.retryInMs) : null;
      this.#lanes.set(tx, String(partition), { ...row, attempts, leaseUntil, held: false });
      return true;
    });
  }

  lag(): Promise<OutboxLag> {
    return this.#database.within(undefined, () => {
      const waiting = this.#outbox.waiting();
      if (waiting.length === 0) return { pending: 0, oldestAgeMs: null, oldestWaitMs: null };
      const now = this.#database.clock.now();
      const since = (instants: readonly Instant[]): number =>
        instants.reduce((longest, at) => Math.max(longest, now - at), 0);
      return {
        pending: waiting.length,
        oldestAgeMs: since(waiting.map(({ occurredAt }) => occurredAt)),
        oldestWaitMs: since(waiting.map(({ key }) => this.#outbox.writtenAt(key))),
      };
    });
  }
}
