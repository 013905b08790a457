import type { Lives } from '@gamekeeper/core';
import type { QuizSession } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import { isUniqueViolation } from '../database/failures.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { instantText, type Tables } from '../database/sql.ts';
import { statement, type StatementPart } from '../database/statement.ts';
import {
  firstLives,
  savingStart,
  isPlayer,
  startedParameters,
  storedLives,
  storedSession,
  updatedLivesIf,
  type StartedParameters,
  type StartedRows,
} from './start-quiz.ts';
import { livesJson, sessionJson } from './stored-rows.ts';

/** What {@link readStart} found. */
interface ReadStart {
  /** The session, if it is stored already. */
  readonly existing: QuizSession | null;
  /** The player's name; `null` for an unknown player. */
  readonly username: string | null;
  readonly lives: Lives | null;
}

/** Reads what a start depends on. Primary keys, no locks. */
export const readStart = statement<
  { readonly sessionId: string; readonly mayExist: boolean; readonly userId: string },
  ReadStart
>(
  'read_start',
  (tables, p) => sql`
    select
      (select ${sessionJson} from (${storedSession(tables, p)}) as stored) as existing,
      (select ${tables.columns.progress.username} from ${tables.progress} where ${isPlayer(tables, p)}) as username,
      (select ${livesJson} from (${storedLives(tables, p)}) as stored) as lives
  `,
);

/** A start that was decided without locks. */
interface StartedAtOnce extends Pick<StartedRows, 'lives' | 'session' | 'events'> {
  /** The lives that were read, or the data of a player who was unknown. */
  readonly read: Lives | { readonly username: string; readonly protections: number };
}

/**
 * Writes lives, session and events, if the lives are still as they were read, or the player is still unknown; otherwise,
 * and if the session is stored already, writes none of them. Primary keys; waits for a transaction that has locked the
 * lives.
 *
 * @returns whether all was written
 */
export async function saveUnchangedStart(
  db: Sql,
  tables: Tables,
  { read, ...started }: StartedAtOnce,
): Promise<boolean> {
  const hasEvents = started.events.length > 0;
  const values = startedParameters(started);
  const saving =
    'userId' in read
      ? (hasEvents ? saveTold : saveUntold)(db, tables, {
          ...values,
          readLives: read.currentLives,
          readLastRegenAt: instantText(read.lastRegenAt),
          readNextRegenAt: instantText(read.nextRegenAt),
        })
      : (hasEvents ? saveFirstTold : saveFirstUntold)(db, tables, { ...values, ...read, isKnown: false });
  try {
    const [saved] = await saving;
    return saved!.isBegun;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

interface UnchangedParameters extends StartedParameters {
  readonly readLives: number;
  readonly readLastRegenAt: string | null;
  readonly readNextRegenAt: string | null;
}

const unchangedLives: StatementPart<UnchangedParameters> = (tables, p) => {
  const { currentLives, lastRegenAt, nextRegenAt } = tables.columns.lives;
  const areUnchanged = sql`
    ${currentLives} = ${p.readLives}::int
    and ${lastRegenAt.read} is not distinct from ${p.readLastRegenAt}::timestamptz(3)
    and ${nextRegenAt.read} is not distinct from ${p.readNextRegenAt}::timestamptz(3)
  `;
  return updatedLivesIf(tables, p, areUnchanged);
};

const known = { spending: unchangedLives, failsIfStored: true };
const saveUntold = savingStart('save_unchanged_start', { ...known, hasEvents: false });
const saveTold = savingStart('save_unchanged_start_told', { ...known, hasEvents: true });
const first = { spending: firstLives, failsIfStored: true };
const saveFirstUntold = savingStart('save_unknown_start', { ...first, hasEvents: false });
const saveFirstTold = savingStart('save_unknown_start_told', { ...first, hasEvents: true });
