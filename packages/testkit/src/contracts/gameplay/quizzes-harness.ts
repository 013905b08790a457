import {
  awardId,
  defaultLivesRules as livesRules,
  defaultSessionRules as sessionRules,
  defaultStreakRules as streakRules,
  sessionId,
  type Board,
  type DomainEvent,
  type Instant,
  type Lives,
  type SpendResult,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import {
  type CompletedQuiz,
  type Decision,
  type LivesRepository,
  type Outbox,
  type QuizStore,
  type SessionRepository,
  type StartedQuiz,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import {
  beginSession,
  completeSession,
  countQuiz,
  freshStreak,
  fullLives,
  spendLife,
} from '@gamekeeper/core/game';
import { eventKeys } from '../lives/lives-harness.ts';
import { boards as allBoards, filingsAt, type RankingsHarness } from '../leaderboards/rankings-harness.ts';

/** What `quizStoreContract` runs against: all on one store. */
export interface QuizzesHarness extends RankingsHarness {
  readonly quizzes: QuizStore;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly sessions: SessionRepository;
  readonly outbox: Outbox;
}

/** A start of a quiz, by name of its session. */
export interface Start {
  readonly player: UserId;
  readonly quiz: string;
  readonly at: Instant;
  readonly username?: string;
  readonly mayExist?: boolean;
  readonly protections?: number;
}

/** A completion of a quiz, by name of its session. */
export interface Completion {
  readonly quiz: string;
  readonly at: Instant;
  readonly xp?: number;
  /** Default: one for each quiz. */
  readonly award?: string;
  readonly boards?: readonly Board[];
}

/** Starts a quiz by the default rules, with an event of the spent life. */
export function startIn(quizzes: QuizStore, tx: Transaction, quiz: Start): Promise<StartedQuiz> {
  return quizzes.start(tx, ...startOf(quiz));
}

function startOf({
  player,
  quiz,
  at,
  username,
  mayExist = true,
  protections = 2,
}: Start): Parameters<NonNullable<QuizStore['startAtOnce']>> {
  const session = beginSession(sessionId(quiz), player, at, sessionRules);
  const given = { session, mayExist, protections, ...(username !== undefined && { username }) };
  return [given, spending(player, quiz, at)];
}

/** Decides by the rule, and tells of the spent life. */
export function spending(
  player: UserId,
  quiz: string,
  at: Instant,
): (stored: Lives | null) => Decision<Lives, SpendResult> {
  return (stored) => {
    const result = spendLife(stored ?? fullLives(player, livesRules), at, livesRules);
    if (!result.ok) return { result };
    return { state: result.lives, events: [told(`spent:${quiz}`, player, at)], result };
  };
}

/** Completes a quiz by the default rules, with an event of the counted day. */
export function completeIn(quizzes: QuizStore, tx: Transaction, quiz: Completion): Promise<CompletedQuiz> {
  return quizzes.complete(tx, ...completionOf(quiz));
}

function completionOf({
  quiz,
  at,
  xp = 10,
  award = quiz,
  boards = allBoards,
}: Completion): Parameters<NonNullable<QuizStore['completeAtOnce']>> {
  return [
    { sessionId: sessionId(quiz), boards, earnedAt: at },
    {
      end: (stored) => (stored ? completeSession(stored, at) : { ok: false, reason: 'unknown-session' }),
      count: (player, stored) => {
        const streak = countQuiz(stored ?? freshStreak(player, streakRules), at, 'UTC', null);
        return { state: streak, events: [told(`counted:${quiz}`, player, at)], result: streak };
      },
      award: ({ userId }) => ({ awardId: awardId(award), userId, amount: xp, earnedAt: at }),
    },
  ];
}

/** Starts a quiz at once if the store can, otherwise in a transaction of its own. */
export async function start({ quizzes, transactions }: QuizzesHarness, quiz: Start): Promise<StartedQuiz> {
  const started = await quizzes.startAtOnce?.(...startOf(quiz));
  return started ?? transactions.run((tx) => startIn(quizzes, tx, quiz));
}

/** Completes a quiz at once if the store can, otherwise in a transaction of its own. */
export async function complete(
  { quizzes, transactions }: QuizzesHarness,
  quiz: Completion,
): Promise<CompletedQuiz> {
  const completed = await quizzes.completeAtOnce?.(...completionOf(quiz));
  return completed ?? transactions.run((tx) => completeIn(quizzes, tx, quiz));
}

/** Returns all that a store has of some players, on the boards' periods of an instant. */
export async function everything(
  { players, lives, streaks, sessions, awards, rankings, outbox }: QuizzesHarness,
  of: readonly UserId[],
  at: Instant,
): Promise<unknown> {
  const page = { limit: 1_000 };
  const scores = filingsAt(at).map((filing) => rankings.scores(filing, page));
  return {
    players: await Promise.all(of.map((player) => players.find(player))),
    xp: await Promise.all(of.map((player) => awards.xpOf(player))),
    lives: await lives.list(page),
    streaks: await streaks.list(page),
    sessions: await sessions.list(page),
    scores: await Promise.all(scores),
    events: await eventKeys(outbox),
  };
}

function told(key: string, userId: UserId, occurredAt: Instant): DomainEvent {
  return { type: 'Told', key, occurredAt, payload: { userId } };
}
