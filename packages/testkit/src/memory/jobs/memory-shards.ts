import type { Instant, Json } from '@gamekeeper/core';
import type { Shard } from '@gamekeeper/core/ports';
import type { EventCounts } from './event-counts.ts';
import { MemoryTable, type MemoryTransaction } from '../transactions/memory-database.ts';

/** A row of a shard, with fields that only the ledger reads. */
export interface ShardRow extends Shard {
  readonly job: string;
  readonly tick: Instant;
  readonly checkpoint: Json;
  readonly eventsWritten: EventCounts;
}

type RunKey = Pick<ShardRow, 'job' | 'tick'>;

/** The shards of all runs. */
export class MemoryShards {
  readonly #rows = new MemoryTable<readonly ShardRow[]>();

  /** Returns the shards of a run by index. */
  of(job: string, tick: Instant): readonly ShardRow[] {
    return this.#rows.get(key({ job, tick })) ?? [];
  }

  write(tx: MemoryTransaction, row: ShardRow): void {
    const others = this.of(row.job, row.tick).filter(({ index }) => index !== row.index);
    this.#rows.set(
      tx,
      key(row),
      [...others, row].sort((a, b) => a.index - b.index),
    );
  }

  remove(tx: MemoryTransaction, run: RunKey): void {
    this.#rows.delete(tx, key(run));
  }
}

/** Returns a shard that nobody has claimed. */
export function freeShard({ job, tick }: RunKey, { index, part }: Pick<Shard, 'index' | 'part'>): ShardRow {
  return {
    job,
    tick,
    index,
    part,
    status: 'open',
    fence: 0,
    instanceId: null,
    leaseUntil: null,
    startedAt: null,
    finishedAt: null,
    checkpoint: null,
    eventsWritten: {},
    processed: 0,
    failedItems: 0,
    error: null,
  };
}

/** Returns whether somebody holds the lease of a shard. */
export function isHeld({ leaseUntil }: ShardRow, now: Instant): boolean {
  return leaseUntil !== null && leaseUntil > now;
}

function key({ job, tick }: RunKey): string {
  return `${job}@${tick}`;
}
