import { type BatchProgress, RowLockedError, type Json } from '@gamekeeper/core';
import { ERASED_PREFIX } from '@gamekeeper/core/game';
import { type BoundedPeriod, type ResetBatch } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import {
  SHORT_LOCK_TIMEOUT_MS,
  LONG_LOCK_TIMEOUT_MS,
  tryUnlessLocked,
  lockTimeoutCondition,
} from '../database/lock-timeouts.ts';
import { insertExpectingNew } from '../database/insert-expecting-new.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { tieKey } from './board-order.ts';
import { lockForCarryOver } from './rename-locks.ts';
import { asynchronousCommit } from './reset-period.ts';

/** The data for carrying a period's players over to the next one. */
interface CarryOver {
  readonly db: Sql;
  readonly schema: string;
  readonly tables: Tables;
  readonly batch: ResetBatch & { readonly to: BoundedPeriod };
}

/** A scan of the players by id. */
interface PlayerScan {
  /** The last player processed; `null` before the first. */
  readonly after: string | null;
  /** Batch size while it is reduced because of a locked row; `null` for the full `limit`. */
  readonly size: number | null;
  /** Skipped players: another transaction is writing their row of the next period. */
  readonly left: readonly string[];
}

/** The scan has ended, and skipped players are left. `waits`: how many lock waits in a row have timed out. */
interface LockedPlayers {
  readonly left: readonly string[];
  readonly waits: number;
}

/**
 * Inserts the next players of a sealed period into an open one with score 0, in the order of the primary key.
 *
 * An uncommitted award locks its player's row. A batch that hits such a lock rolls back and is retried with half the
 * size, until only the locked player is left. That player is skipped and retried at the end, so other players never
 * wait for this lock.
 *
 * @throws {RowLockedError} if only players are left whose rows stay locked
 */
export async function carryOverBatch(
  db: Sql,
  schema: string,
  tables: Tables,
  batch: ResetBatch & { readonly to: BoundedPeriod },
): Promise<BatchProgress> {
  const work = { db, schema, tables, batch };
  const place = batch.after as unknown as PlayerScan | LockedPlayers | null;
  await lockForCarryOver(db, schema);
  if (place && 'waits' in place) return carryLockedPlayers(work, place);
  return carryNext(work, place ?? { after: null, size: null, left: [] });
}

async function carryNext(work: CarryOver, { after, size: at, left }: PlayerScan): Promise<BatchProgress> {
  const { limit } = work.batch;
  const size = Math.min(limit, at ?? limit);
  const beyond = after === null ? sql`` : sql`and user_id > ${after}`;
  const which = sql`${beyond} order by user_id limit ${size}`;
  const outcome = await tryUnlessLocked(work.db, () => carry(work, which, SHORT_LOCK_TIMEOUT_MS));
  if ('result' in outcome) {
    const { found, processed, last } = outcome.result;
    if (found === size)
      return { processed, next: json({ after: last, size: grownBatchSize(at, limit), left }) };
    return { processed, next: left.length > 0 ? json({ left, waits: 0 }) : null };
  }
  if (size > 1) return { processed: 0, next: json({ after, size: Math.ceil(size / 2), left }) };
  const alone = (await nextPlayer(work, beyond)) ?? after;
  return {
    processed: 0,
    next: json({ after: alone, size: 1, left: alone === null ? left : [...left, alone] }),
  };
}

async function carryLockedPlayers(work: CarryOver, { left, waits }: LockedPlayers): Promise<BatchProgress> {
  const [first, ...others] = left;
  if (first === undefined) return { processed: 0, next: null };
  const outcome = await tryUnlessLocked(work.db, () =>
    carry(work, sql`and user_id = ${first}`, LONG_LOCK_TIMEOUT_MS),
  );
  if ('result' in outcome) {
    const next = others.length > 0 ? json({ left: others, waits: 0 }) : null;
    return { processed: outcome.result.processed, next };
  }
  if (waits >= others.length) throw new RowLockedError(`The score of ${first}`, outcome.locked);
  return { processed: 0, next: json({ left: [...others, first], waits: waits + 1 }) };
}

/** What a batch has done. */
interface CarriedPage {
  readonly found: number;
  readonly processed: number;
  readonly last: string | null;
}

/**
 * Locks the rows that it writes; the rows that it reads are found by the primary key. Players who have scored in the next
 * period are left out by reading that part of it; only one who scores meanwhile needs `on conflict`, at twice the cost.
 */
async function carry(
  { db, tables, batch: { board, period, to } }: CarryOver,
  which: RawBuilder<unknown>,
  waitMs: number,
): Promise<CarriedPage> {
  const passOver = sql`on conflict (board, period, user_id) do nothing`;
  const write = (onConflict: RawBuilder<unknown>) =>
    sql<CarriedPage>`
    with page as materialized (
      select user_id, username from ${tables.rankings}
      where ${lockTimeoutCondition(waitMs)} and board = ${board.key} and period = ${period.key} ${which}
    ),
    known as materialized (
      select user_id from ${tables.rankings} where board = ${board.key} and period = ${to.key}
        and user_id between (select pg_catalog.min(user_id) from page) and (select pg_catalog.max(user_id) from page)
    ),
    carried as (
      insert into ${tables.rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select ${board.key}, ${to.key}, user_id, username, 0, null, ${tieKey(null, board.tieBreak)}::bigint from page
      where not exists (
        select from ${tables.periods}
        where board = ${board.key} and period = ${to.key} and sealed_at is not null
      ) and not exists (select from known where known.user_id = page.user_id) and ${isPlayer(tables)}
      ${onConflict}
      returning 1
    )
    select (select pg_catalog.count(*) from page)::int as found, (select pg_catalog.count(*) from carried)::int as processed,
      (select pg_catalog.max(user_id) from page) as last, ${asynchronousCommit}
  `.execute(db);
  const { rows } = await insertExpectingNew(db, passOver, write);
  return rows[0]!;
}

/** Whether a row of `page` is not the replacement of an erased player. */
function isPlayer({ progress, columns: { progress: player } }: Tables): RawBuilder<unknown> {
  const isKnown = sql`exists (select from ${progress} where ${player.id} = ${player.id.writeIfValid(sql`page.user_id`)})`;
  return sql`(page.user_id not like ${sql.lit(`${ERASED_PREFIX}%`)} or ${isKnown})`;
}

/** Primary key, no locks. */
async function nextPlayer(
  { db, tables, batch: { board, period } }: CarryOver,
  beyond: RawBuilder<unknown>,
): Promise<string | null> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from ${tables.rankings} where board = ${board.key} and period = ${period.key} ${beyond}
    order by user_id limit 1
  `.execute(db);
  return rows[0]?.user_id ?? null;
}

/** Returns twice the batch size, up to the limit. */
function grownBatchSize(size: number | null, limit: number): number | null {
  return size === null || size * 2 >= limit ? null : size * 2;
}

function json(place: PlayerScan | LockedPlayers): Json {
  return place as unknown as Json;
}
