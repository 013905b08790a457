import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { AwardOutcome, XpAward } from '../leaderboards/award-repository.ts';
import type { Board } from '../leaderboards/board.ts';
import type { Lives, SpendResult } from '../lives/lives.ts';
import type { Decision } from '../players/decision.ts';
import type { SessionId, UserId } from '../players/ids.ts';
import type { CompletionResult, QuizSession } from '../sessions/quiz-session.ts';
import type { Streak } from '../streaks/streak.ts';

/** A quiz to start. */
export interface QuizToStart {
  /** The session to store if the life is spent. */
  readonly session: QuizSession;
  /** Whether a session with this id may be stored: the host chose the id. A generated id is new. */
  readonly mayExist: boolean;
  /** The name to show on leaderboards; if omitted, a known player's name stays. */
  readonly username?: string;
  /** The streak protections of a new player. */
  readonly protections: number;
}

/** What a start has done: nothing if the session is stored already. */
export type StartedQuiz =
  | { readonly existing: QuizSession }
  | { readonly existing: null; readonly spent: SpendResult; readonly renamed: boolean };

/** A quiz to complete, and what has to be known before its session is read. */
export interface QuizToComplete {
  readonly sessionId: SessionId;
  /** The boards on which its award counts. */
  readonly boards: readonly Board[];
  readonly earnedAt: Instant;
}

/** The rules of a completion. They are pure, must not wait, and may be called again if rows are read again. */
export interface CompletionRules {
  readonly end: (stored: QuizSession | null) => QuizEnding;
  readonly count: (userId: UserId, stored: Streak | null) => Decision<Streak, Streak>;
  readonly award: (session: QuizSession) => XpAward;
}

/** The ended session, or the reason for the refusal. */
export type QuizEnding = CompletionResult | { readonly ok: false; readonly reason: 'unknown-session' };

/** What a completion has done: nothing if it was refused. */
export type CompletedQuiz =
  | {
      readonly ok: true;
      readonly session: QuizSession;
      readonly streak: Streak;
      readonly award: AwardOutcome;
    }
  | Exclude<QuizEnding, { readonly ok: true }>;

/**
 * Starts and completes quizzes: what a player waits for. Each method reads under locks, applies the rules that the
 * caller passes, and writes state and events, all in the transaction passed to it, in as few round trips as the store
 * allows.
 *
 * A method has the effect of the same steps on the other repositories: {@link ComposedQuizStore} takes those steps one
 * by one and is enough for a store without round trips. `quizStoreContract` in `@gamekeeper/testkit` is this contract
 * as test cases.
 */
export interface QuizStore {
  /**
   * Creates the player or updates the name, as `PlayerRepository.upsert`; locks the lives, lets `spend` decide as in
   * `LivesRepository.change`, and stores the session if a life is spent. If the session is stored already, changes
   * nothing and returns it.
   *
   * @throws {ConcurrentStartError} if another transaction has stored the session meanwhile; this one must be rolled
   *   back
   */
  start(
    tx: Transaction,
    quiz: QuizToStart,
    spend: (stored: Lives | null) => Decision<Lives, SpendResult>,
  ): Promise<StartedQuiz>;

  /**
   * Does the same as {@link start} in a transaction of its own, in fewer round trips than that takes. Returns `null` if
   * it has changed nothing because it cannot, such as when another transaction changes the lives at the same time; the
   * caller then calls `start`. A store without this method needs none.
   */
  startAtOnce?(
    quiz: QuizToStart,
    spend: (stored: Lives | null) => Decision<Lives, SpendResult>,
  ): Promise<StartedQuiz | null>;

  /**
   * Locks the session and lets `end` decide; then locks the streak of its player, lets `count` decide, and records the
   * award, as `AwardRepository.record`.
   */
  complete(tx: Transaction, quiz: QuizToComplete, rules: CompletionRules): Promise<CompletedQuiz>;

  /**
   * Does the same as {@link complete} in a transaction of its own, as {@link startAtOnce}. An award that it records is
   * late on no board.
   */
  completeAtOnce?(quiz: QuizToComplete, rules: CompletionRules): Promise<CompletedQuiz | null>;
}
