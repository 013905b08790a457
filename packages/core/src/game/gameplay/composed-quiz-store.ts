import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { AwardRepository } from '../leaderboards/award-repository.ts';
import type { LivesRepository } from '../lives/lives-repository.ts';
import type { Lives, SpendResult } from '../lives/lives.ts';
import type { Decision } from '../players/decision.ts';
import type { PlayerRepository } from '../players/player-repository.ts';
import type { SessionRepository } from '../sessions/session-repository.ts';
import type { StreakRepository } from '../streaks/streak-repository.ts';
import { ConcurrentStartError } from './concurrent-start-error.ts';
import type {
  CompletedQuiz,
  CompletionRules,
  QuizEnding,
  QuizStore,
  QuizToComplete,
  QuizToStart,
  StartedQuiz,
} from './quiz-store.ts';

/** The repositories of a {@link ComposedQuizStore}, all of one store. */
export interface ComposedQuizStorePorts {
  readonly players: PlayerRepository;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly sessions: SessionRepository;
  readonly awards: AwardRepository;
}

/** Starts and completes quizzes step by step, by the other repositories of a store. */
export class ComposedQuizStore implements QuizStore {
  readonly #ports: ComposedQuizStorePorts;

  constructor(ports: ComposedQuizStorePorts) {
    this.#ports = ports;
  }

  async start(
    tx: Transaction,
    { session, mayExist, ...player }: QuizToStart,
    spend: (stored: Lives | null) => Decision<Lives, SpendResult>,
  ): Promise<StartedQuiz> {
    const { players, lives, sessions } = this.#ports;
    const { id, userId } = session;
    const existing = mayExist ? await sessions.find(id, tx) : null;
    if (existing) return { existing };
    const renamed = await players.upsert(tx, { userId, ...player });
    const spent = await lives.change(tx, userId, spend);
    if (!spent.ok) return { existing: null, spent, renamed };
    await sessions.change(tx, id, (stored) => {
      if (stored) throw new ConcurrentStartError(id);
      return { state: session, result: null };
    });
    return { existing: null, spent, renamed };
  }

  async complete(
    tx: Transaction,
    { sessionId, boards }: QuizToComplete,
    { end, count, award }: CompletionRules,
  ): Promise<CompletedQuiz> {
    const { sessions, streaks, awards } = this.#ports;
    const ending = await sessions.change<QuizEnding>(tx, sessionId, (stored) => {
      const result = end(stored);
      return { result, ...(result.ok && { state: result.session }) };
    });
    if (!ending.ok) return ending;
    const { session } = ending;
    const streak = await streaks.change(tx, session.userId, (stored) => count(session.userId, stored));
    return { ok: true, session, streak, award: await awards.record(tx, award(session), boards) };
  }
}
