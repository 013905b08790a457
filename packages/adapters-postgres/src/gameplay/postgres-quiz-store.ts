import {
  ConcurrentStartError,
  type Board,
  type Lives,
  type SpendResult,
  type Transaction,
  type UserId,
  type XpAward,
} from '@gamekeeper/core';
import {
  ComposedQuizStore,
  type CompletedQuiz,
  type CompletionRules,
  type ComposedQuizStorePorts,
  type Decision,
  type QuizSession,
  type QuizStore,
  type QuizToComplete,
  type QuizToStart,
  type StartedQuiz,
} from '@gamekeeper/core/ports';
import { keepsSnapshot } from '../database/isolation.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import {
  PeriodExpectations,
  periodParameters,
  type ExpectedPeriods,
} from '../leaderboards/expected-periods.ts';
import { holdPeriods } from '../leaderboards/hold-periods.ts';
import { assertSnapshotIsCurrent, renameOnBoards } from '../leaderboards/rename-locks.ts';
import type { Tables } from '../database/sql.ts';
import { PlayerRowMissingError } from '../mapping/mapping-errors.ts';
import { readCompletion, saveUnchangedCompletion } from './complete-at-once.ts';
import { loadCompletion, lockStreak, saveCompletion } from './complete-quiz.ts';
import { readStart, saveUnchangedStart } from './start-at-once.ts';
import { loadStart, saveStart, type LoadedStart } from './start-quiz.ts';

/**
 * Starts and completes quizzes on PostgreSQL: one statement reads and locks, one writes. What is rare takes more of them:
 * a changed name, the first award of a period, a player without progress.
 *
 * At once, without a transaction of several statements: one statement reads without locks, and one writes if nothing has
 * changed since, which costs two round trips instead of four.
 */
export class PostgresQuizStore implements QuizStore {
  readonly #database: PostgresDatabase;
  readonly #ports: ComposedQuizStorePorts;
  readonly #stepwise: ComposedQuizStore;
  readonly #expectations = new PeriodExpectations();

  /** @param ports repositories on the same database, for what is rare */
  constructor(database: PostgresDatabase, ports: ComposedQuizStorePorts) {
    this.#database = database;
    this.#ports = ports;
    this.#stepwise = new ComposedQuizStore(ports);
  }

  async startAtOnce(
    { session, mayExist, username, protections }: QuizToStart,
    spend: (stored: Lives | null) => Decision<Lives, SpendResult>,
  ): Promise<StartedQuiz | null> {
    const { tables } = this.#database;
    const { id: sessionId, userId } = session;
    const { lives, progress } = tables.columns;
    checkIds(tables.columns, { id: sessionId, userId });
    const createsRows = lives.createsRows && progress.createsRows;
    return this.#database.within(undefined, async (db) => {
      const [row] = await readStart(db, tables, { sessionId, mayExist, userId });
      const { existing, lives: stored, username: known } = row!;
      if (existing) return { existing };
      const isNew = !stored && known === null;
      const isKnown = stored && known !== null && known === (username ?? known);
      if (!isKnown && !(isNew && createsRows)) return null;
      const { state, events = [], result: spent } = spend(stored);
      if (!spent.ok) return state || isNew ? null : { existing: null, spent, renamed: false };
      const read = stored ?? { username: username ?? userId, protections };
      const saved = await saveUnchangedStart(db, tables, { read, lives: spent.lives, session, events });
      return saved ? { existing: null, spent, renamed: false } : null;
    });
  }

  async start(
    tx: Transaction,
    quiz: QuizToStart,
    spend: (stored: Lives | null) => Decision<Lives, SpendResult>,
  ): Promise<StartedQuiz> {
    const { session, protections } = quiz;
    const { livesName, columns } = this.#database.tables;
    checkIds(columns, session);
    let renamed = false;
    for (;;) {
      const { existing, isIntroduced, isRenamed, lives: stored } = await this.#load(tx, quiz);
      if (existing) return { existing };
      if (!stored && !columns.lives.createsRows) throw new PlayerRowMissingError(livesName, session.userId);
      renamed ||= isRenamed;
      const { state, events = [], result: spent } = spend(stored);
      if (!spent.ok) {
        await this.#refuse(tx, quiz, state && { state, events }, isIntroduced);
        return { existing: null, spent, renamed };
      }
      const [saved] = await this.#database.within(tx, (db) =>
        saveStart(db, this.#database.tables, {
          lives: spent.lives,
          session,
          events,
          isKnown: stored !== null,
          protections: isIntroduced ? null : protections,
        }),
      );
      if (saved!.isBegun) return { existing: null, spent, renamed };
      if (saved!.isSpent) throw new ConcurrentStartError(session.id);
      // Another transaction has created the player's lives meanwhile: decide again on their state.
    }
  }

  #load(tx: Transaction, { session, mayExist, username, protections }: QuizToStart): Promise<LoadedStart> {
    const { tables } = this.#database;
    const { id: sessionId, userId } = session;
    const name = username ?? null;
    return this.#database.within(tx, async (db) => {
      const [row] = await loadStart(db, tables, { sessionId, mayExist, userId, username: name, protections });
      const loaded = row!;
      if (!tables.columns.progress.createsRows) return this.#renamed(tx, loaded, { userId, username: name });
      if (loaded.isRenamed && username !== undefined) {
        await renameOnBoards(db, this.#database, { userId, username });
        // Our own transactions (READ COMMITTED) see every committed row.
        if (PostgresTransaction.of(tx).isHostOwned && keepsSnapshot(loaded.isolation))
          await assertSnapshotIsCurrent(db, tables, userId);
      }
      return loaded;
    });
  }

  /** Changes the name of a player whom the host has created. */
  async #renamed(
    tx: Transaction,
    loaded: LoadedStart,
    { userId, username }: { readonly userId: UserId; readonly username: string | null },
  ): Promise<LoadedStart> {
    if (loaded.existing) return loaded;
    if (!loaded.isIntroduced) throw new PlayerRowMissingError(this.#database.tables.progressName, userId);
    if (username === null) return loaded;
    return {
      ...loaded,
      isRenamed: await this.#ports.players.upsert(tx, { userId, username, protections: 0 }),
    };
  }

  /** Writes what a refusal leaves: the player, and ticks that were due. */
  async #refuse(
    tx: Transaction,
    { session: { userId }, protections }: QuizToStart,
    change: Omit<Decision<Lives, null>, 'result'> | undefined,
    isIntroduced: boolean,
  ): Promise<void> {
    const { players, lives } = this.#ports;
    if (!isIntroduced) await players.upsert(tx, { userId, protections });
    if (change) await lives.change(tx, userId, () => ({ ...change, result: null }));
  }

  async completeAtOnce(
    { sessionId, boards, earnedAt }: QuizToComplete,
    rules: CompletionRules,
  ): Promise<CompletedQuiz | null> {
    const { tables, schema } = this.#database;
    tables.columns.sessions.id.check(sessionId);
    // The side table is read with the streak locked: see lockStreak.
    if (!tables.columns.progress.evaluatedOn) return null;
    const { filings, parameters } = this.#expectations.of(boards, earnedAt);
    return this.#database.within(undefined, async (db) => {
      const [row] = await readCompletion(db, tables, { sessionId });
      const { session: stored, streak: read } = row!;
      const ending = rules.end(stored);
      if (!ending.ok) return ending;
      if (!read || filings.length === 0) return null;
      const { session } = ending;
      const { result: streak, events = [], log = [] } = rules.count(session.userId, read);
      const rows = {
        read,
        session,
        streak,
        events,
        log,
        award: rules.award(session),
        filings,
        parameters,
        schema,
      };
      const award = await saveUnchangedCompletion(db, tables, rows);
      return award && { ok: true, session, streak, award };
    });
  }

  async complete(tx: Transaction, quiz: QuizToComplete, rules: CompletionRules): Promise<CompletedQuiz> {
    const { tables, schema } = this.#database;
    const { sessionId, boards, earnedAt } = quiz;
    tables.columns.sessions.id.check(sessionId);
    return this.#database.within(tx, async (db) => {
      const expected = this.#expectations.of(boards, earnedAt);
      if (!tables.columns.progress.evaluatedOn) await lockStreak(db, tables, { sessionId });
      const [loaded] = await loadCompletion(db, tables, { sessionId, schema, ...expected.parameters });
      const { session: stored, streak: before, areCurrent } = loaded!;
      const ending = rules.end(stored);
      if (!ending.ok) return ending;
      if (!before) return this.#stepwise.complete(tx, quiz, rules);
      const { session } = ending;
      const { result: streak, events = [], log = [] } = rules.count(session.userId, before);
      const award = rules.award(session);
      const periods = areCurrent ? expected : await this.#hold(db, boards, award);
      const rows = { session, streak, events, log, award, ...periods, areCurrent };
      return { ok: true, session, streak, award: await saveCompletion(db, tables, rows) };
    });
  }

  async #hold(db: Sql, boards: readonly Board[], award: XpAward): Promise<ExpectedPeriods> {
    const filings = await holdPeriods(db, this.#database, boards, award);
    this.#expectations.learn(filings);
    return { filings, parameters: periodParameters(filings) };
  }
}

/** @throws {InvalidOptionError} if a table of the host's cannot hold an id */
function checkIds(
  { lives, progress, sessions }: Tables['columns'],
  { id: sessionId, userId }: Pick<QuizSession, 'id' | 'userId'>,
): void {
  sessions.id.check(sessionId);
  for (const id of [lives.id, progress.id, sessions.userId]) id.check(userId);
}
