import type { OutboxLag } from '@gamekeeper/core';
import type { PartitionClaim, PartitionOutcome, OutboxPartitions } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs, interval, whole, type Tables } from '../database/sql.ts';
import { PARTITIONS } from './partitions.ts';
import { placeOf, storedEvent, storedEventColumns, type StoredEventColumns } from './stored-event.ts';

interface ClaimedEvent extends StoredEventColumns {
  readonly lane: number;
  readonly fence: number;
  readonly attempts: number;
}

/** The result of an attempt: the claimed events, or a partition that another instance claimed first. */
type Looked = readonly ClaimedEvent[] | readonly [{ readonly lane: number; readonly fence: null }];

/** The outbox's partitions on PostgreSQL. Leases and delays are measured by the database's clock. */
export class PostgresOutboxPartitions implements OutboxPartitions {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  async claim(request: Parameters<OutboxPartitions['claim']>[0]): Promise<PartitionClaim | null> {
    // Each lost race was won by another instance, and the next attempt does not see that partition as free.
    for (let looks = 0; looks < PARTITIONS; looks += 1) {
      const looked = await this.#look(request);
      if (looked.length === 0) return null;
      if (lostRace(looked)) continue;
      const { lane, fence, attempts: attempt } = looked[0]!;
      return { partition: lane, fence, attempt, events: looked.map(storedEvent) };
    }
    return null;
  }

  /** Claims a free partition, if there still is one. */
  async #look({
    instanceId,
    leaseMs,
    limit,
    except = [],
  }: Parameters<OutboxPartitions['claim']>[0]): Promise<Looked> {
    const { outbox, outboxEvents, outboxLanes, now } = this.#tables;
    // Index on waiting events: one lookup per partition, then its oldest events. Locks the partition's row while the
    // statement runs, and skips rows that are locked. The fence must be the one that the statement read: if the
    // partition was claimed and released since, the statement would still see events as waiting that were delivered
    // meanwhile.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<Looked[number]>`
        with clock as materialized (select ${now} as at),
        waiting as materialized (
          select every.lane, known.fence, known.claimed_at
          from clock, pg_catalog.generate_series(0, ${PARTITIONS}::int - 1) as every (lane)
          left join ${outboxLanes} as known on known.lane = every.lane
          where (known.lease_until is null or known.lease_until <= clock.at)
            and every.lane <> all (${[...except]}::int[])
            and exists (select from ${outbox} as event where event.lane = every.lane and event.published_at is null)
        ),
        unlocked as materialized (
          select known.lane, known.fence from waiting join ${outboxLanes} as known using (lane, fence)
          order by waiting.claimed_at, pg_catalog.random() limit 1 for update of known skip locked
        ),
        free as materialized (
          (select lane, 0 as fence from waiting where fence is null order by pg_catalog.random() limit 1)
          union all select lane, fence from unlocked limit 1
        ),
        claimed as (
          insert into ${outboxLanes} as known (lane, fence, owner, attempts, claimed_at, lease_until)
          select free.lane, free.fence + 1, ${instanceId}, 1, clock.at, clock.at + ${interval(leaseMs)} from free, clock
          on conflict (lane) do update
          set fence = excluded.fence, owner = excluded.owner, attempts = known.attempts + 1,
            claimed_at = excluded.claimed_at, lease_until = excluded.lease_until
          where known.fence + 1 = excluded.fence
          returning lane, fence, attempts
        )
        select free.lane, ${whole(sql`claimed.fence`)} as fence, claimed.attempts, event.*
        from free left join claimed on claimed.lane = free.lane left join lateral (
          select ${storedEventColumns} from ${outboxEvents} as event
          where event.lane = claimed.lane and event.published_at is null and event.delivered_at is null
          order by event.id, event.position limit ${limit}
        ) as event on true
      `.execute(db),
    );
    return rows as Looked;
  }

  async renew(
    claim: PartitionClaim,
    { leaseMs, delivered }: Parameters<OutboxPartitions['renew']>[1],
  ): Promise<boolean> {
    // A released lease has no owner.
    return this.#change(claim, delivered, sql`lease_until = ${this.#tables.now} + ${interval(leaseMs)}`, {
      onlyIf: sql`owner is not null`,
    });
  }

  async complete(claim: PartitionClaim, outcome: PartitionOutcome): Promise<boolean> {
    const leaseUntil =
      outcome.kind === 'failed' ? sql`${this.#tables.now} + ${interval(outcome.retryInMs)}` : sql`null`;
    return this.#change(claim, outcome.delivered, sql`owner = null, lease_until = ${leaseUntil}`);
  }

  /**
   * Marks the first events of a claim as delivered, and updates its partition if the claim is still the partition's
   * last one. Returns whether it is.
   */
  async #change(
    { partition, fence, events }: PartitionClaim,
    delivered: number,
    change: RawBuilder<unknown>,
    { onlyIf = sql`true` }: { readonly onlyIf?: RawBuilder<unknown> } = {},
  ): Promise<boolean> {
    const { outbox, outboxLanes, now } = this.#tables;
    // The last event of each row: its other events come before it.
    const last = new Map(events.slice(0, delivered).map(({ id }) => [placeOf(id).row, placeOf(id).position]));
    const attempts = delivered > 0 ? sql`0` : sql`attempts`;
    // Primary keys. Locks the partition's row first, so that two successive owners of a partition do not deadlock on
    // each other's events, then the events.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ changed: boolean }>`
        with held as materialized (select 1 from ${outboxLanes} where lane = ${partition} for update),
        changed as (
          update ${outboxLanes} set attempts = ${attempts}, ${change}
          where lane = ${partition} and fence = ${fence} and ${onlyIf} and exists (select from held)
          returning 1
        ),
        marked as (
          update ${outbox} as event
          set delivered = mark.position, progress_at = clock.at,
            published_at = case when mark.position >= event.size then clock.at end
          from (select ${now} as at offset 0) as clock,
            unnest(${[...last.keys()]}::bigint[], ${[...last.values()]}::int[]) as mark (id, position)
          where event.id = mark.id and event.published_at is null and event.delivered < mark.position
            and exists (select from held)
        )
        select exists (select from changed) as changed
      `.execute(db),
    );
    return rows[0]!.changed;
  }

  async lag(): Promise<OutboxLag> {
    const { outbox, now } = this.#tables;
    // Reads the whole index on waiting events; no locks.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ pending: number; age: number | null; wait: number | null }>`
        select ${whole(sql`pending`)} as pending,
          ${whole(sql`greatest(0, ${epochMs(sql`clock.at - happened`)})`)} as age,
          ${whole(sql`greatest(0, ${epochMs(sql`clock.at - written`)})`)} as wait
        from (select ${now} as at offset 0) as clock, (
          select coalesce(pg_catalog.sum(size - delivered), 0) as pending, pg_catalog.min(occurred_at) as happened, pg_catalog.min(written_at) as written
          from ${outbox} where published_at is null
        ) as waiting
      `.execute(db),
    );
    const { pending, age, wait } = rows[0]!;
    if (pending === 0) return { pending, oldestAgeMs: null, oldestWaitMs: null };
    return { pending, oldestAgeMs: age, oldestWaitMs: wait };
  }
}

function lostRace(looked: Looked): looked is Exclude<Looked, readonly ClaimedEvent[]> {
  return looked[0]?.fence === null;
}
