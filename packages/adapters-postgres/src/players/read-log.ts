import type { Instant, UserId } from '@gamekeeper/core';
import type { LogCursor, LogEntry } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, millis, timestamp, type Tables } from '../database/sql.ts';
import { standingOf } from '../leaderboards/archive-packs.ts';
import { object, type LogSource } from './log-source.ts';
import { judgedEntries } from './streak-log.ts';

interface Page {
  readonly before?: LogCursor;
  readonly limit: number;
}

interface LogRow extends Pick<LogEntry, 'entry' | 'kind' | 'details'> {
  readonly at: Instant;
  readonly recordedAt: Instant | null;
}

/**
 * Returns a page of a player's log. Each source is read by an index of its own, newest first, up to the limit; the
 * archive by its primary key for each sealed period, newest first. No locks.
 */
export async function readLog(
  db: Sql,
  tables: Tables,
  userId: UserId,
  page: Page,
): Promise<readonly LogEntry[]> {
  const sources = [
    recorded(tables, userId),
    judgedEntries(tables, userId),
    sessions(tables, userId),
    awards(tables, userId),
    spends(tables, userId),
    lastLife(tables, userId),
    standings(tables, userId),
  ];
  const pages = sources.map((source) => sql`(${pageOf(source, page)})`);
  const { rows } = await sql<LogRow>`
    select ${millis('at')} as at, entry, kind, details, ${millis('recorded_at')} as "recordedAt"
    from (${sql.join(pages, sql` union all `)}) as logged
    order by logged.at desc, entry collate "C" desc limit ${page.limit}
  `.execute(db);
  return rows.map((row) => ({ userId, ...row }) as LogEntry);
}

function pageOf(
  { at, entry, kind, details, recordedAt = sql`null::timestamptz(3)`, from }: LogSource,
  { before, limit }: Page,
): RawBuilder<unknown> {
  const key = sql`(${entry}) collate "C"`;
  const place = before
    ? sql`and ${at} <= ${timestamp(before.at)} and (${at} < ${timestamp(before.at)} or ${key} < ${before.entry})`
    : sql``;
  return sql`
    select ${at} as at, ${key} as entry, ${kind} as kind, ${details} as details, ${recordedAt} as recorded_at
    from ${from} ${place} order by ${at} desc, ${key} desc limit ${limit}
  `;
}

/** Primary key. */
function recorded({ playerLog }: Tables, userId: UserId): LogSource {
  return {
    at: sql`at`,
    entry: sql`entry`,
    kind: sql`kind`,
    details: sql`details`,
    recordedAt: sql`recorded_at`,
    from: sql`${playerLog} where user_id = ${userId}`,
  };
}

/** Index quiz_sessions_by_player; in a table of the host's, an index on its players. */
function sessions({ sessions: table, columns }: Tables, userId: UserId): LogSource {
  const { id, userId: user, readStatus, startedAt, expiresAt, completedAt } = columns.sessions;
  const expires = sql`'expiresAt', ${epochMs(expiresAt.read)}`;
  const started = sql`'sessionId', ${id.read}, 'startedAt', ${epochMs(startedAt.read)}`;
  return {
    at: sql`coalesce(${completedAt.read}, ${startedAt.read})`,
    entry: sql`'quiz:' || ${id.read}`,
    kind: sql`case ${readStatus} when 'active' then 'quiz-started' when 'completed' then 'quiz-completed' else 'quiz-expired' end`,
    details: sql`
      case ${readStatus} when 'active' then ${object(sql`'sessionId', ${id.read}, ${expires}`)}
        when 'completed' then ${object(started)} else ${object(sql`${started}, ${expires}`)} end
    `,
    from: sql`${table} where ${user} = ${user.parameter(userId)}`,
  };
}

/** Index xp_awards_by_player. */
function awards({ awards: table }: Tables, userId: UserId): LogSource {
  return {
    at: sql`earned_at`,
    entry: sql`'xp:' || award_id`,
    kind: sql`'xp-awarded'`,
    details: object(sql`'awardId', award_id, 'amount', amount`),
    from: sql`${table} where user_id = ${userId}`,
  };
}

/** Primary key, by its first column: spends are kept for some days only. */
function spends({ lifeSpends }: Tables, userId: UserId): LogSource {
  return {
    at: sql`recorded_at`,
    entry: sql`'life:' || idempotency_key`,
    kind: sql`'life-spent'`,
    details: object(
      sql`'idempotencyKey', idempotency_key, 'currentLives', current_lives, 'nextRegenAt', ${epochMs(sql`next_regen_at`)}`,
    ),
    from: sql`${lifeSpends} where user_id = ${userId} and current_lives is not null`,
  };
}

/** Primary key. */
function lastLife({ lives, columns }: Tables, userId: UserId): LogSource {
  const { id, currentLives, lastRegenAt, nextRegenAt } = columns.lives;
  return {
    at: lastRegenAt.read,
    entry: sql`'life-returned'`,
    kind: sql`'life-returned'`,
    details: object(sql`'currentLives', ${currentLives}, 'nextRegenAt', ${epochMs(nextRegenAt.read)}`),
    from: sql`${lives} where ${id} = ${id.parameter(userId)} and ${lastRegenAt} is not null`,
  };
}

/** Primary keys of the archive, for each period: never a scan of the archive. */
function standings(tables: Tables, userId: UserId): LogSource {
  const key = { board: sql`closed.board`, period: sql`closed.period` };
  return {
    at: sql`ends_at`,
    entry: sql`'sealed:' || board || ':' || period`,
    kind: sql`'period-sealed'`,
    details: object(
      sql`'board', board, 'period', period, 'rank', rank, 'score', score, 'players', players,
        'sealedAt', ${epochMs(sql`sealed_at`)}`,
    ),
    from: sql`
      ${tables.periods} as closed cross join lateral (${standingOf(tables, key, userId)} offset 0) as standing
      where ends_at is not null and sealed_at is not null and players is not null and reset_at is not null
    `,
  };
}
