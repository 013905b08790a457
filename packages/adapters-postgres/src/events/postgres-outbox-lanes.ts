import type { LaneClaim, LaneOutcome, OutboxLag, OutboxLanes } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { interval, type Tables } from '../database/sql.ts';
import { storedEvent, storedEventColumns, type StoredEventColumns } from './stored-event.ts';

/** As many as the migration's `lane` can tell apart. */
const LANES = 16;

interface ClaimedEvent extends StoredEventColumns {
  readonly lane: number;
  readonly fence: number;
  readonly attempts: number;
}

/** The outbox's lanes on PostgreSQL. Leases and pauses are measured by the database's clock. */
export class PostgresOutboxLanes implements OutboxLanes {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  async claim({ owner, leaseMs, limit }: Parameters<OutboxLanes['claim']>[0]): Promise<LaneClaim | null> {
    const { outbox, outboxLanes, now } = this.#tables;
    // Index on waiting events: one look per lane, then its oldest. Locks the lane's row while the statement runs; who
    // comes second to it goes away empty-handed, and lanes that have waited equally long are taken by chance.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<ClaimedEvent>`
        with clock as materialized (select ${now} as at),
        free as (
          select every.lane from clock, generate_series(0, ${LANES}::int - 1) as every (lane)
          left join ${outboxLanes} as known on known.lane = every.lane
          where (known.lease_until is null or known.lease_until <= clock.at)
            and exists (select from ${outbox} as event where event.lane = every.lane and event.published_at is null)
          order by known.claimed_at nulls first, random() limit 1
        ),
        claimed as (
          insert into ${outboxLanes} as known (lane, fence, owner, attempts, claimed_at, lease_until)
          select free.lane, 1, ${owner}, 1, clock.at, clock.at + ${interval(leaseMs)} from free, clock
          on conflict (lane) do update
          set fence = known.fence + 1, owner = excluded.owner, attempts = known.attempts + 1,
            claimed_at = excluded.claimed_at, lease_until = excluded.lease_until
          where known.lease_until is null or known.lease_until <= excluded.claimed_at
          returning lane, fence, attempts
        )
        select claimed.lane, claimed.fence::float8 as fence, claimed.attempts, event.*
        from claimed cross join lateral (
          select ${storedEventColumns} from ${outbox} as event
          where event.lane = claimed.lane and event.published_at is null order by event.id limit ${limit}
        ) as event
      `.execute(db),
    );
    const [first] = rows;
    if (!first) return null;
    const { lane, fence, attempts: attempt } = first;
    return { lane, fence, attempt, events: rows.map(storedEvent) };
  }

  async settle({ lane, fence, events }: LaneClaim, outcome: LaneOutcome): Promise<boolean> {
    const { outbox, outboxLanes, now } = this.#tables;
    const change =
      outcome.kind === 'failed'
        ? sql`lease_until = ${now} + ${interval(outcome.retryInMs)}`
        : sql`lease_until = null, attempts = 0`;
    const delivered = outcome.kind === 'delivered' ? events.map(({ id }) => id) : [];
    // Primary keys; locks the lane's row and the events.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ settled: boolean }>`
        with settled as (
          update ${outboxLanes} set owner = null, ${change} where lane = ${lane} and fence = ${fence} returning 1
        ),
        marked as (
          update ${outbox} set published_at = clock.at from (select ${now} as at offset 0) as clock
          where id = any (${delivered}::bigint[]) and published_at is null and exists (select from settled)
        )
        select exists (select from settled) as settled
      `.execute(db),
    );
    return rows[0]!.settled;
  }

  async lag(): Promise<OutboxLag> {
    const { outbox, now } = this.#tables;
    // Index on waiting events, all of it; no locks.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ pending: number; age: number | null }>`
        select pending, greatest(0, extract(epoch from ${now} - oldest) * 1000)::float8 as age from (
          select count(*)::float8 as pending, min(occurred_at) as oldest from ${outbox} where published_at is null
        ) as waiting
      `.execute(db),
    );
    const { pending, age } = rows[0]!;
    return { pending, oldestAgeMs: pending === 0 ? null : age };
  }
}
