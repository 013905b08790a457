import {
  type BatchProgress,
  type Division,
  type Instant,
  type SessionId,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import {
  type Decision,
  type PlayerSessionsPage,
  type SessionExpiryBatch,
  type QuizSession,
  type SessionRepository,
  type StoredEntry,
} from '@gamekeeper/core/ports';
import { compareBytewise, expireSession, isAbandoned, sessionEntry } from '@gamekeeper/core/game';
import { MemoryCollection } from '../transactions/memory-collection.ts';
import type { MemoryDatabase, MemoryTransaction } from '../transactions/memory-database.ts';
import type { MemoryOutbox } from '../events/memory-outbox.ts';

/** Quiz sessions in memory. */
export class MemorySessionRepository implements SessionRepository {
  readonly #sessions: MemoryCollection<SessionId, QuizSession>;

  constructor(database: MemoryDatabase, outbox: MemoryOutbox) {
    this.#sessions = new MemoryCollection(database, outbox, ({ id }) => id);
  }

  /** Removes a player's sessions. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    return this.#sessions.erase(tx, (session) => session.userId === userId);
  }

  /** Returns what a player's log shows of the sessions. */
  entriesOf(userId: UserId): readonly StoredEntry[] {
    return this.#sessions.all((session) => session.userId === userId).map(sessionEntry);
  }

  find(id: SessionId, tx?: Transaction): Promise<QuizSession | null> {
    return this.#sessions.find(id, tx);
  }

  change<Answer>(
    tx: Transaction,
    id: SessionId,
    decide: (session: QuizSession | null) => Decision<QuizSession, Answer>,
  ): Promise<Answer> {
    return this.#sessions.change(tx, id, decide);
  }

  isAnyAbandoned(asOf: Instant): Promise<boolean> {
    return this.#sessions.some((session) => isAbandoned(session, asOf));
  }

  expireDue(tx: Transaction, { asOf, ...batch }: SessionExpiryBatch): Promise<BatchProgress> {
    return this.#sessions.sweep(
      tx,
      batch,
      (session) => isAbandoned(session, asOf),
      (session) => expireSession(session, asOf),
    );
  }

  listDue({ asOf, ...batch }: Omit<SessionExpiryBatch, 'only'>): Promise<readonly SessionId[]> {
    return this.#sessions.due(batch, (session) => isAbandoned(session, asOf));
  }

  divideDue({ asOf, max }: { readonly asOf: Instant; readonly max: number }): Promise<Division> {
    return this.#sessions.divide(max, (session) => isAbandoned(session, asOf));
  }

  list(
    page: { readonly after?: SessionId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly QuizSession[]> {
    return this.#sessions.list(page, tx);
  }

  async listOf(userId: UserId, { before, limit }: PlayerSessionsPage): Promise<readonly QuizSession[]> {
    return this.#sessions
      .all((session) => session.userId === userId && (!before || newestFirst(before, session) < 0))
      .toSorted(newestFirst)
      .slice(0, limit);
  }
}

type Place = Pick<QuizSession, 'id' | 'startedAt'>;

function newestFirst(a: Place, b: Place): number {
  return b.startedAt - a.startedAt || compareBytewise(a.id, b.id);
}
