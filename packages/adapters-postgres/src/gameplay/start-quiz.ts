import type { DomainEvent, Lives } from '@gamekeeper/core';
import type { QuizSession } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { statement, type Placeholders, type Statement, type StatementPart } from '../database/statement.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { eventParameters, insertedEvents, type EventParameters } from '../events/insert-events.ts';
import type { LivesColumns } from '../mapping/lives-table.ts';
import { selectedSessions } from '../mapping/sessions-table.ts';
import { livesJson, sessionJson } from './stored-rows.ts';

interface StartParameters {
  readonly sessionId: string;
  readonly mayExist: boolean;
  readonly userId: string;
  readonly username: string | null;
  readonly protections: number;
}

/** What {@link loadStart} found. */
export interface LoadedStart {
  readonly isolation: string;
  /** The session, if it is stored already; then nothing was changed or locked. */
  readonly existing: QuizSession | null;
  /** Whether the player is known by now. */
  readonly isIntroduced: boolean;
  /** Whether the name of a known player changed. */
  readonly isRenamed: boolean;
  readonly lives: Lives | null;
}

/**
 * Reads the session, if it is stored already; otherwise creates the player or changes the name, if one is given and
 * players are not created by the host, and locks the lives. Primary keys; locks the player's row only if it changes, and the lives after it, as everywhere.
 */
export function loadStart(
  db: Sql,
  tables: Tables,
  parameters: StartParameters,
): Promise<readonly LoadedStart[]> {
  const isNamed = parameters.username !== null && tables.columns.progress.createsRows;
  return (isNamed ? loadNamed : loadUnnamed)(db, tables, parameters);
}

/** The session, if it may exist, for {@link sessionJson}. */
export function storedSession(
  { sessions, columns }: Tables,
  p: Pick<Placeholders<StartParameters>, 'sessionId' | 'mayExist'>,
): RawBuilder<unknown> {
  const { id } = columns.sessions;
  return sql`
    ${selectedSessions(sessions, columns.sessions)} where ${id} = ${id.write(p.sessionId)} and ${p.mayExist}::boolean
  `;
}

/** The condition for the player's row of names, XP and streaks. */
export function isPlayer(
  { columns }: Tables,
  p: Pick<Placeholders<StartParameters>, 'userId'>,
): RawBuilder<unknown> {
  const { id } = columns.progress;
  return sql`${id} = ${id.write(p.userId)}`;
}

/** The columns of a player's lives, for {@link livesJson}; a condition and a lock may follow. */
export function storedLives(
  tables: Tables,
  p: Pick<Placeholders<StartParameters>, 'userId'>,
): RawBuilder<unknown> {
  const { id, currentLives, lastRegenAt, nextRegenAt } = tables.columns.lives;
  return sql`
    select ${id.read} as user_id, ${currentLives} as current_lives, ${lastRegenAt.read} as last_regen_at,
      ${nextRegenAt.read} as next_regen_at
    from ${tables.lives} where ${id} = ${id.write(p.userId)}
  `;
}

const loadUnnamed = statement<StartParameters, LoadedStart>(
  'load_start',
  (tables, p) => sql`
    with existing as materialized (
      ${storedSession(tables, p)}
    ),
    locked as materialized (
      ${storedLives(tables, p)} and not exists (select from existing) for update
    )
    select pg_catalog.current_setting('transaction_isolation') as isolation,
      (select ${sessionJson} from existing) as existing,
      exists (select from ${tables.progress} where ${isPlayer(tables, p)}) as "isIntroduced", false as "isRenamed",
      (select ${livesJson} from locked) as lives
  `,
);

const loadNamed = statement<StartParameters, LoadedStart>('load_named_start', (tables, p) => {
  const isNew = sql`not exists (select from existing)`;
  const { id, username, protections, touch, newColumns, newValues } = tables.columns.progress;
  return sql`
    with existing as materialized (
      ${storedSession(tables, p)}
    ),
    introduced as (
      insert into ${tables.progress} as player (${id}, ${username}, ${protections} ${newColumns})
      select ${id.write(sql`${p.userId}::text`)}, ${p.username}::text, ${p.protections}::int ${newValues}
      where ${isNew} and not exists (
        select from ${tables.progress} where ${isPlayer(tables, p)} and ${username} = ${p.username}::text
      )
      on conflict (${id}) do update set ${username} = excluded.${username} ${touch}
      where player.${username} <> excluded.${username}
      returning xmax <> 0 as renamed
    ),
    locked as materialized (
      ${storedLives(tables, p)} and ${isNew} and (select pg_catalog.count(*) from introduced) is not null for update
    )
    select pg_catalog.current_setting('transaction_isolation') as isolation,
      (select ${sessionJson} from existing) as existing,
      true as "isIntroduced", coalesce((select renamed from introduced), false) as "isRenamed",
      (select ${livesJson} from locked) as lives
  `;
});

/** The parameters of what a start writes. */
export interface StartedParameters extends EventParameters {
  readonly userId: string;
  readonly currentLives: number;
  readonly lastRegenAt: string | null;
  readonly nextRegenAt: string | null;
  readonly sessionId: string;
  readonly startedAt: string | null;
  readonly expiresAt: string | null;
}

/** {@link StartedParameters}, and those of a player who may be new. */
export interface FirstStartParameters extends StartedParameters {
  /** The name of a new player. */
  readonly username: string;
  /** Whether the lives are stored, and locked by this transaction. */
  readonly isKnown: boolean;
  readonly protections: number;
}

interface SavedStart {
  readonly isSpent: boolean;
  readonly isBegun: boolean;
}

/** What a start writes. */
export interface StartedRows {
  readonly lives: Lives;
  readonly session: QuizSession;
  readonly events: readonly DomainEvent[];
  /** Whether the lives are stored, and locked by this transaction. */
  readonly isKnown: boolean;
  /** The streak protections of a new player; `null` if the player is known. */
  readonly protections: number | null;
}

/**
 * Writes lives, session and events, and a new player. Primary keys; waits for a transaction that stores the same rows.
 * If the lives are not new any more, nothing else is written.
 */
export function saveStart(
  db: Sql,
  tables: Tables,
  { lives, session, events, isKnown, protections }: StartedRows,
): Promise<readonly SavedStart[]> {
  const save = saves[`${events.length > 0},${!isKnown || protections !== null}`];
  return save(db, tables, {
    ...startedParameters({ lives, session, events }),
    username: lives.userId,
    isKnown,
    protections: protections ?? 0,
  });
}

export function startedParameters({
  lives,
  session,
  events,
}: Pick<StartedRows, 'lives' | 'session' | 'events'>): StartedParameters {
  return {
    userId: lives.userId,
    currentLives: lives.currentLives,
    lastRegenAt: instantText(lives.lastRegenAt),
    nextRegenAt: instantText(lives.nextRegenAt),
    sessionId: session.id,
    startedAt: instantText(session.startedAt),
    expiresAt: instantText(session.expiresAt),
    ...eventParameters(events),
  };
}

/** The values of the columns of lives but the id, in the order of {@link updatedLives}. */
function livesValues(
  { lastRegenAt, nextRegenAt }: LivesColumns,
  p: Placeholders<StartedParameters>,
): readonly RawBuilder<unknown>[] {
  return [
    sql`${p.currentLives}::int`,
    lastRegenAt.write(sql`${p.lastRegenAt}::timestamptz(3)`),
    nextRegenAt.write(sql`${p.nextRegenAt}::timestamptz(3)`),
  ];
}

const updatedLives: StatementPart<StartedParameters> = (tables, p) => updatedLivesIf(tables, p, sql`true`);

/** The CTE `spent`, which updates the lives if a condition holds. */
export function updatedLivesIf(
  tables: Tables,
  p: Placeholders<StartedParameters>,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const { id, currentLives, lastRegenAt, nextRegenAt, touch } = tables.columns.lives;
  const [current, last, next] = livesValues(tables.columns.lives, p);
  return sql`
    spent as (
      update ${tables.lives} as lives
      set ${currentLives} = ${current}, ${lastRegenAt} = ${last}, ${nextRegenAt} = ${next} ${touch}
      where ${id} = ${id.write(p.userId)} and ${condition} returning ${id.read} as user_id
    )
  `;
}

function introducedPlayer(
  { progress, columns }: Tables,
  p: Placeholders<FirstStartParameters>,
): RawBuilder<unknown> {
  const { id, username, protections, newColumns, newValues } = columns.progress;
  return sql`
    insert into ${progress} (${id}, ${username}, ${protections} ${newColumns})
    values (${id.write(p.userId)}, ${p.username}, ${p.protections}::int ${newValues})
    on conflict (${id}) do nothing returning 1
  `;
}

/** The CTEs `introduced` and `spent`. The player first, then the lives, as everywhere. */
export const firstLives: StatementPart<FirstStartParameters> = (tables, p) => {
  const { columns } = tables;
  const { id, currentLives, lastRegenAt, nextRegenAt, touch, newColumns, newValues } = columns.lives;
  const introduced = columns.progress.createsRows
    ? sql`introduced as (${introducedPlayer(tables, p)}),`
    : sql``;
  const isIntroduced = columns.progress.createsRows
    ? sql`(select pg_catalog.count(*) from introduced) is not null`
    : sql`true`;
  if (!columns.lives.createsRows) return sql`${introduced} ${updatedLivesIf(tables, p, isIntroduced)}`;
  return sql`
    ${introduced}
    spent as (
      insert into ${tables.lives} as lives (${id}, ${currentLives}, ${lastRegenAt}, ${nextRegenAt} ${newColumns})
      select ${id.write(sql`${p.userId}::text`)}, ${sql.join(livesValues(columns.lives, p))} ${newValues}
      where ${isIntroduced}
      on conflict (${id}) do update
      set ${currentLives} = excluded.${currentLives}, ${lastRegenAt} = excluded.${lastRegenAt},
        ${nextRegenAt} = excluded.${nextRegenAt} ${touch}
      where ${p.isKnown}::boolean
      returning ${id.read} as user_id
    )
  `;
};

/** An insert of the session if the CTE `spent` has a row. */
function begunSession(
  { sessions, columns }: Tables,
  p: Placeholders<StartedParameters>,
): RawBuilder<unknown> {
  const { id, userId, status, statuses, startedAt, expiresAt, newColumns, newValues } = columns.sessions;
  return sql`
    insert into ${sessions} (${id}, ${userId}, ${status}, ${startedAt}, ${expiresAt} ${newColumns})
    select ${id.write(sql`${p.sessionId}::text`)}, ${userId.write(sql`user_id`)}, ${statuses.active},
      ${startedAt.write(sql`${p.startedAt}::timestamptz(3)`)}, ${expiresAt.write(sql`${p.expiresAt}::timestamptz(3)`)}
      ${newValues}
    from spent
  `;
}

/** How a start is written. */
interface StartForm<Parameters extends StartedParameters> {
  readonly hasEvents: boolean;
  /** The CTE `spent`, with a row if the life is spent. */
  readonly spending: StatementPart<Parameters>;
  /** Whether a session that is stored already undoes the whole statement by its unique violation. */
  readonly failsIfStored?: boolean;
}

/** Returns the statement that writes a start: lives, session and events. */
export function savingStart<Parameters extends StartedParameters>(
  name: string,
  { hasEvents, spending, failsIfStored = false }: StartForm<Parameters>,
): Statement<Parameters, SavedStart> {
  return statement(
    name,
    (tables, p) => sql`
      with ${spending(tables, p)},
      begun as (
        ${begunSession(tables, p)}
        ${failsIfStored ? sql`` : sql`on conflict (${tables.columns.sessions.id}) do nothing`} returning 1
      )
      ${hasEvents ? sql`, told as (${insertedEvents(tables, p, sql`exists (select from begun)`)})` : sql``}
      select exists (select from spent) as "isSpent", exists (select from begun) as "isBegun"
    `,
  );
}

/** By whether there are events, and whether the player starts for the first time. */
const saves = {
  'false,false': savingStart('save_start', { hasEvents: false, spending: updatedLives }),
  'true,false': savingStart('save_start_told', { hasEvents: true, spending: updatedLives }),
  'false,true': savingStart('save_first_start', { hasEvents: false, spending: firstLives }),
  'true,true': savingStart('save_first_start_told', { hasEvents: true, spending: firstLives }),
};
